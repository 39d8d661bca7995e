//! Deletes a sync (S8), at once or after what it wrote is gone from the destination.

use serde_json::json;
use uuid::Uuid;

use super::actions::refuse_busy;
use super::trigger;
use super::view::{SyncView, find_permitted, not_found, reread};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::Result;

/// Deletes the sync and answers it as it was; the destination is left alone. With `remove_secrets` a removal is queued instead,
/// and the sync goes when that has succeeded.
///
/// # Errors
/// 404 for an unknown sync, 403 without `delete` (and `remove-secrets`), 400 for a removal without a source or during a run.
pub async fn delete(app: &App, caller: &Caller, destination: &str, id: Uuid, remove_secrets: bool) -> Result<SyncView> {
    let tx = app.db.begin().await?;
    let (mut view, ability) = find_permitted(app, &tx, caller, destination, id, "delete").await?;
    view.sync = keyferry_db::secret_syncs::lock(&tx, id).await?.ok_or_else(|| not_found(app, destination, id))?;
    let metadata = json!({"destination": destination, "syncId": id, "removeSecrets": remove_secrets});
    audit::record(app, &tx, caller, Event::project(caller, view.sync.project_id, "delete-secret-sync", metadata)).await?;
    if remove_secrets {
        view.require(&ability, "remove-secrets")?;
        view.require_source()?;
        refuse_busy(app, &tx, id).await?;
        trigger::enqueue_removal(app, &tx, &view.sync, true, caller).await?;
        view.sync = reread(&tx, &view.sync).await?;
        tx.commit().await?;
        app.queue.wake();
    } else {
        keyferry_db::delete(&tx, view.sync.clone()).await?;
        tx.commit().await?;
    }
    Ok(view)
}
