//! What a start finds left over.

use keyferry_db::Backend;

use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;
use crate::secret_syncs::status::{FAILED, KIND_REMOVE, KIND_SYNC, PENDING, RUNNING};
use crate::secret_syncs::trigger::{self, Trigger};

/// Puts every sync that says a run waits or works back into the queue, so that none stays in that state for ever. Leases of a
/// process that died are freed where this process is certainly the only one.
///
/// # Errors
/// When the database does not answer.
pub async fn recover(app: &App) -> Result<()> {
    let tx = app.db.begin().await?;
    let now_ms = app.now_ms();
    if app.db.backend() == Backend::Sqlite {
        // `serve` holds the database's lock file, so whoever held these is gone.
        keyferry_db::sync_runs::free_leases(&tx, "sync:").await?;
        keyferry_db::sync_runs::free_leases(&tx, "destination:").await?;
    }
    let unsettled = |status: &Option<String>| matches!(status.as_deref(), Some(PENDING | RUNNING));
    for sync in keyferry_db::secret_syncs::list_unsettled(&tx).await?.into_iter().filter(|sync| !sync.is_paused) {
        if unsettled(&sync.remove_status) {
            if keyferry_db::sync_runs::open(&tx, sync.id, KIND_REMOVE).await?.is_empty() {
                let mut row = sync.clone();
                row.remove_status = Some(FAILED.to_owned());
                row.last_remove_message = Some("The removal was lost. Start it again.".to_owned());
                keyferry_db::secret_syncs::save_state(&tx, &row).await?;
            } else {
                app.queue.enqueue(&tx, trigger::job(app, sync.id, KIND_REMOVE, 0, now_ms), now_ms).await?;
            }
        }
        if unsettled(&sync.sync_status) {
            if keyferry_db::sync_runs::open(&tx, sync.id, KIND_SYNC).await?.is_empty() {
                trigger::enqueue_sync(app, &tx, &sync, Trigger::Change, &Caller::platform(sync.org_id), None).await?;
            } else {
                app.queue.enqueue(&tx, trigger::job(app, sync.id, KIND_SYNC, 10, now_ms), now_ms).await?;
            }
        }
    }
    tx.commit().await?;
    app.queue.wake();
    Ok(())
}
