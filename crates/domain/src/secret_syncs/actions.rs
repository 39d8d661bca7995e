//! What people start by hand (S9 to S11).

use keyferry_db::WriteTx;
use uuid::Uuid;

use super::trigger::{self, Trigger};
use super::view::{SyncView, display_name, find_permitted, not_found, reread};
use super::{rights, status};
use crate::access;
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// Queues a run (S9), auto-sync on or off. A run that waits already is joined.
///
/// # Errors
/// 404 for an unknown sync, 403 without `sync-secrets` or the right to read the source, 400 without a source or during a run.
pub async fn sync_secrets(app: &App, caller: &Caller, destination: &str, id: Uuid) -> Result<SyncView> {
    start(app, caller, destination, id, Trigger::Manual).await
}

/// Like [`sync_secrets`], for a run that writes every value again, whatever the ledger says.
///
/// # Errors
/// As [`sync_secrets`].
pub async fn force_sync_secrets(app: &App, caller: &Caller, destination: &str, id: Uuid) -> Result<SyncView> {
    start(app, caller, destination, id, Trigger::Force).await
}

async fn start(app: &App, caller: &Caller, destination: &str, id: Uuid, trigger: Trigger) -> Result<SyncView> {
    let conn = app.db.read();
    let (view, _) = find_permitted(app, conn, caller, destination, id, "sync-secrets").await?;
    let source = view.require_source()?;
    let grants = rights::collect(app, conn, caller, &view.sync, source).await?;
    let tx = app.db.begin().await?;
    let mut sync = lock(app, &tx, destination, &view).await?;
    refuse_busy(app, &tx, id).await?;
    if let Some(grants) = grants {
        keyferry_db::secret_syncs::set_grants(&tx, id, &grants).await?;
    }
    trigger::enqueue_sync(app, &tx, &sync, trigger, caller, None).await?;
    sync = reread(&tx, &sync).await?;
    tx.commit().await?;
    app.queue.wake();
    Ok(SyncView { sync, ..view })
}

/// Refuses an import where the destination cannot be read back (S10), before the sync is looked up.
///
/// # Errors
/// 400 always: no destination can be imported from.
pub fn import_secrets(app: &App, caller: &Caller, destination: &str) -> Result<SyncView> {
    access::require_org(caller)?;
    Err(Error::bad_request(format!("{} does not support importing secrets.", display_name(app, destination))))
}

/// Queues the removal of what the sync wrote (S11); the sync stays.
///
/// # Errors
/// 404 for an unknown sync, 403 without `remove-secrets`, 400 without a source or during a run.
pub async fn remove_secrets(app: &App, caller: &Caller, destination: &str, id: Uuid) -> Result<SyncView> {
    let tx = app.db.begin().await?;
    let (view, _) = find_permitted(app, &tx, caller, destination, id, "remove-secrets").await?;
    view.require_source()?;
    let mut sync = lock(app, &tx, destination, &view).await?;
    refuse_busy(app, &tx, id).await?;
    trigger::enqueue_removal(app, &tx, &sync, false, caller).await?;
    sync = reread(&tx, &sync).await?;
    tx.commit().await?;
    app.queue.wake();
    Ok(SyncView { sync, ..view })
}

async fn lock(app: &App, tx: &WriteTx, destination: &str, view: &SyncView) -> Result<keyferry_db::entities::secret_syncs::Model> {
    let id = view.sync.id;
    keyferry_db::secret_syncs::lock(tx, id).await?.ok_or_else(|| not_found(app, destination, id))
}

/// The refusal while a run of the sync is at work.
pub(super) async fn refuse_busy(app: &App, tx: &WriteTx, id: Uuid) -> Result<()> {
    if status::is_busy(tx, id, app.now_ms()).await? {
        return Err(Error::bad_request("A job for this sync is already in progress. Please try again shortly."));
    }
    Ok(())
}
