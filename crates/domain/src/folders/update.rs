//! Renames folders.

use keyferry_db::entities::folders::Model;
use keyferry_db::{DbError, WriteTx};
use serde_json::json;
use uuid::Uuid;

use super::{Change, Place, find_child, invalid_name, is_valid_name, require, require_right, subtree};
use crate::access::{self, Ability};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::paths::SecretPath;
use crate::projects;
use crate::secret_syncs::trigger;
use crate::secrets::commits::{Log, author, folder_updated};

/// What shall change of a folder.
#[derive(Clone, Debug)]
pub struct UpdateFolder {
    /// Its id or its name.
    pub id_or_name: String,
    /// Slug of its environment.
    pub environment: String,
    /// Where it lies (its parent's path).
    pub path: SecretPath,
    /// Its name from now on; may be the present one.
    pub name: String,
    /// A note; `None` stays as it is, `Some(None)` removes it.
    pub description: Option<Option<String>>,
}

/// Renames a folder and answers it with its new path. Syncs follow the folder itself; imports and references name paths, so
/// those that meant the old or mean the new path are set in motion.
///
/// # Errors
/// 404 for an unknown environment, path or folder, 403 without `edit`, 400 for a taken name or one that is not allowed.
pub async fn update(app: &App, caller: &Caller, project_id: Uuid, input: UpdateFolder) -> Result<Place> {
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let log = Log::default();
    let place = rename(app, &tx, caller, &ability, project_id, input, &log).await?;
    log.write(&tx, author(app, &caller.actor), project_id, None).await?;
    tx.commit().await?;
    app.queue.wake();
    Ok(place)
}

/// Like [`update`] for several folders of a project, all or none.
///
/// # Errors
/// 404 for an unknown project, and as [`update`].
pub async fn update_batch(
    app: &App,
    caller: &Caller,
    project_slug: &str,
    inputs: Vec<UpdateFolder>,
) -> Result<(Uuid, Vec<Place>)> {
    let project_id = projects::find_by_slug(app.db.read(), caller, project_slug).await?.id;
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let log = Log::default();
    let mut changed = Vec::with_capacity(inputs.len());
    for input in inputs {
        changed.push(rename(app, &tx, caller, &ability, project_id, input, &log).await?);
    }
    log.write(&tx, author(app, &caller.actor), project_id, None).await?;
    tx.commit().await?;
    app.queue.wake();
    Ok((project_id, changed))
}

async fn rename(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    ability: &Ability,
    project_id: Uuid,
    input: UpdateFolder,
    log: &Log,
) -> Result<Place> {
    if !is_valid_name(&input.name) {
        return Err(invalid_name());
    }
    require_right(ability, "edit", &input.environment, &input.path)?;
    let parent = require(tx, project_id, &input.environment, &input.path, "UpdateFolder").await?;
    let before = find_child(tx, &parent, &input.id_or_name).await?;
    let wanted = NewName { name: input.name, description: input.description };
    let folder = rename_to(&Change { app, tx, caller, ability, log }, &parent, before, wanted).await?;
    let path = parent.path.join(&folder.name);
    Ok(Place { environment: parent.environment, folder, path })
}

/// What a folder shall be called, and its note; `None` leaves that.
pub(crate) struct NewName {
    pub(crate) name: String,
    pub(crate) description: Option<Option<String>>,
}

/// Renames a folder as part of a change. The caller holds the project's lock.
///
/// # Errors
/// 403 without `edit`, 400 for a taken name.
pub(crate) async fn rename_to(change: &Change<'_>, parent: &Place, before: Model, wanted: NewName) -> Result<Model> {
    let Change { app, tx, caller, ability, log } = *change;
    let project_id = before.project_id;
    require_right(ability, "edit", &parent.environment.slug, &parent.path)?;
    let is_renamed = before.name != wanted.name;
    if is_renamed && keyferry_db::folders::find_child(tx, parent.folder.id, &wanted.name).await?.is_some() {
        return Err(name_taken());
    }
    let mut folder = before.clone();
    folder.name = wanted.name;
    if let Some(description) = wanted.description {
        folder.description = description;
    }
    folder.version += 1;
    folder.updated_at_ms = app.now_ms();
    let touched: Vec<Uuid> = match is_renamed {
        true => subtree(tx, &before).await?.into_iter().map(|(folder, _)| folder.id).collect(),
        false => Vec::new(),
    };
    keyferry_db::folders::lock(tx, &[parent.folder.id]).await?;
    // Twice, because who is affected follows from the paths: those that meant the old one, and those that mean the new one.
    if is_renamed {
        trigger::folders_changed(app, tx, project_id, &touched).await?;
    }
    keyferry_db::update(tx, folder.clone()).await.map_err(|error| match error {
        DbError::Unique(_) => name_taken(),
        other => other.into(),
    })?;
    folder_updated(log, &before, &folder);
    if is_renamed {
        trigger::folders_changed(app, tx, project_id, &touched).await?;
    }
    let metadata = json!({
        "environment": parent.environment.slug, "folderId": folder.id, "folderPath": parent.path.as_str(),
        "oldFolderName": before.name, "newFolderName": folder.name, "newFolderDescription": folder.description,
    });
    audit::record(app, tx, caller, Event::project(caller, project_id, "update-folder", metadata)).await?;
    Ok(folder)
}

fn name_taken() -> Error {
    Error::bad_request_named("UpdateFolder", "Folder with specified name already exists")
}
