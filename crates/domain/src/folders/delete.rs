//! Deletes a folder.

use keyferry_db::entities::folders::Model;
use serde_json::json;
use uuid::Uuid;

use super::{Change, Place, find_child, require, require_right, subtree};
use crate::access;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::Result;
use crate::paths::SecretPath;
use crate::secret_syncs::trigger;
use crate::secrets::commits::{Log, author, folder_removed};

/// Deletes a folder with everything in it and answers it as it was. Syncs that read from it run once more.
///
/// # Errors
/// 404 for an unknown environment, path or folder, 403 without `delete`.
pub async fn delete(
    app: &App,
    caller: &Caller,
    project_id: Uuid,
    environment: &str,
    path: &SecretPath,
    id_or_name: &str,
) -> Result<Model> {
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    require_right(&ability, "delete", environment, path)?;

    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let parent = require(&tx, project_id, environment, path, "DeleteFolder").await?;
    let folder = find_child(&tx, &parent, id_or_name).await?;
    let log = Log::default();
    let change = Change { app, tx: &tx, caller, ability: &ability, log: &log };
    remove(&change, &parent, folder.clone()).await?;
    log.write(&tx, author(app, &caller.actor), project_id, None).await?;
    tx.commit().await?;
    app.queue.wake();
    Ok(folder)
}

/// Deletes a folder with everything in it, as part of a change. The caller holds the project's lock.
///
/// # Errors
/// 403 without `delete`.
pub(crate) async fn remove(change: &Change<'_>, parent: &Place, folder: Model) -> Result<()> {
    let Change { app, tx, caller, ability, log } = *change;
    require_right(ability, "delete", &parent.environment.slug, &parent.path)?;
    let below: Vec<Model> = subtree(tx, &folder).await?.into_iter().map(|(folder, _)| folder).collect();
    let touched: Vec<Uuid> = below.iter().map(|folder| folder.id).collect();
    let locked: Vec<Uuid> = touched.iter().copied().chain([parent.folder.id]).collect();
    keyferry_db::folders::lock(tx, &locked).await?;
    folder_removed(log, tx, &below).await?;
    // Before the rows go: afterwards nothing tells any more which syncs read from here.
    trigger::folders_changed(app, tx, folder.project_id, &touched).await?;
    keyferry_db::delete(tx, folder.clone()).await?;
    let metadata = json!({
        "environment": parent.environment.slug, "folderId": folder.id, "folderName": folder.name,
        "folderPath": parent.path.as_str(), "foldersDeleted": touched.len(),
    });
    audit::record(app, tx, caller, Event::project(caller, folder.project_id, "delete-folder", metadata)).await
}
