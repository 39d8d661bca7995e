//! From a change of secrets to the syncs that must follow it.

use std::collections::{BTreeMap, BTreeSet};

use keyferry_db::WriteTx;
use uuid::Uuid;

use super::{Trigger, enqueue_sync};
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;
use crate::folders;
use crate::secrets::source;

/// Enqueues, in the transaction of a change, one job for each sync that the change affects. Called by every operation that
/// changes shared secrets, folders, environments or imports, with the folders touched. After the commit the caller wakes the
/// queue: `app.queue.wake()`.
///
/// Affected are syncs of a touched folder, syncs of a folder above it that take everything beneath, and the same for folders
/// that import a touched one or hold secrets that refer into it, however long the chain.
///
/// # Errors
/// When the jobs cannot be written; then the change must not be committed either.
pub async fn folders_changed(app: &App, tx: &WriteTx, project_id: Uuid, folder_ids: &[Uuid]) -> Result<()> {
    if folder_ids.is_empty() || !keyferry_db::secret_syncs::any_follows(tx, project_id).await? {
        return Ok(());
    }
    let mut touched: BTreeSet<Uuid> = folder_ids.iter().copied().collect();
    for folder_id in folder_ids {
        let Some(at) = folders::place_of(tx, *folder_id).await? else { continue };
        touched.extend(source::dependents(tx, project_id, &at.environment.slug, at.path.as_str(), *folder_id).await?);
    }
    let touched: Vec<Uuid> = touched.into_iter().collect();
    let ancestors = ancestors(tx, project_id, &touched).await?;
    // By id, which is the order of the jobs' keys: two such transactions lock rows in one order.
    for sync in keyferry_db::secret_syncs::list_following(tx, project_id, &touched, &ancestors).await? {
        enqueue_sync(app, tx, &sync, Trigger::Change, &Caller::platform(sync.org_id), None).await?;
    }
    Ok(())
}

/// The folders above the given ones.
async fn ancestors(tx: &WriteTx, project_id: Uuid, folders: &[Uuid]) -> Result<Vec<Uuid>> {
    let parents: BTreeMap<Uuid, Option<Uuid>> = keyferry_db::folders::list_by_project(tx, project_id)
        .await?
        .into_iter()
        .map(|folder| (folder.id, folder.parent_id))
        .collect();
    let mut above = BTreeSet::new();
    for folder in folders {
        let mut next = parents.get(folder).copied().flatten();
        while let Some(parent) = next
            && above.insert(parent)
        {
            next = parents.get(&parent).copied().flatten();
        }
    }
    Ok(above.into_iter().collect())
}
