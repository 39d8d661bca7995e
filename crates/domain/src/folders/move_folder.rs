//! Moves a folder with everything in it to another place of its project.

use std::collections::{HashMap, HashSet};

use keyferry_db::entities::folders::Model;
use keyferry_db::{Conn, DbError, WriteTx};
use serde_json::json;
use uuid::Uuid;

use super::{Place, find_child, parent_path, require, require_right, subtree};
use crate::access::{self, Ability, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::paths::SecretPath;
use crate::secret_syncs::trigger;
use crate::secrets::commits::{Log, author, folder_added, folder_left};

/// The envelope's `error` field.
const NAME: &str = "MoveFolder";

/// What is to be moved where.
#[derive(Clone, Debug)]
pub struct MoveFolder {
    /// The folder's id or name.
    pub id_or_name: String,
    /// Slug of its environment.
    pub environment: String,
    /// Where it lies (its parent's path).
    pub path: SecretPath,
    /// Slug of the environment it goes to.
    pub to_environment: String,
    /// The folder it goes into; must exist.
    pub to_path: SecretPath,
}

/// Moves a folder with its secrets, folders and imports, all of it or nothing, and answers it at its new place. Secrets keep their
/// ids, versions and personal overrides. Syncs follow the folder itself; imports and references name paths, so those that meant the
/// old or mean the new path are set in motion, as when a folder is renamed.
///
/// Asks for what moving its parts one by one would: `delete` on every folder, secret and import where it is and `create` where it
/// goes, and `readValue` on the secrets.
///
/// # Errors
/// 404 for an unknown environment, path or folder, 403 without one of the rights, 400 for a folder that goes into itself, stays
/// where it is, gets too deep, or finds its name taken.
pub async fn move_folder(app: &App, caller: &Caller, project_id: Uuid, input: MoveFolder) -> Result<Place> {
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    require_right(&ability, "delete", &input.environment, &input.path)?;
    require_right(&ability, "create", &input.to_environment, &input.to_path)?;

    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let parent = require(&tx, project_id, &input.environment, &input.path, NAME).await?;
    let target = require(&tx, project_id, &input.to_environment, &input.to_path, NAME).await?;
    let mut folder = find_child(&tx, &parent, &input.id_or_name).await?;
    let moving = moving(&tx, &folder, &target).await?;
    require_rights(&tx, &ability, (&parent, &target), &moving).await?;

    let ids: Vec<Uuid> = moving.iter().map(|part| part.id).collect();
    let locked: Vec<Uuid> = ids.iter().copied().chain([parent.folder.id, target.folder.id]).collect();
    keyferry_db::folders::lock(&tx, &locked).await?;
    let log = Log::default();
    folder_left(&log, &folder)?;
    // Twice, because who is affected follows from the paths: those that meant the old one, and those that mean the new one.
    trigger::folders_changed(app, &tx, project_id, &ids).await?;
    folder.parent_id = Some(target.folder.id);
    folder.version += 1;
    folder.updated_at_ms = app.now_ms();
    if parent.environment.id != target.environment.id {
        keyferry_db::folders::set_environment(&tx, &ids, target.environment.id).await?;
        keyferry_db::folder_commits::set_environment(&tx, &ids, target.environment.id).await?;
        keyferry_db::secret_syncs::set_environment(&tx, &ids, target.environment.id).await?;
        folder.environment_id = target.environment.id;
    }
    keyferry_db::update(&tx, folder.clone()).await.map_err(|error| match error {
        DbError::Unique(_) => name_taken(&folder.name),
        other => other.into(),
    })?;
    trigger::folders_changed(app, &tx, project_id, &ids).await?;
    folder_added(&log, &folder);
    log.write(&tx, author(app, &caller.actor), project_id, None).await?;
    let path = target.path.join(&folder.name);
    let metadata = json!({
        "folderId": folder.id, "folderName": folder.name, "foldersMoved": ids.len(),
        "sourceEnvironment": parent.environment.slug, "sourceFolderPath": parent.path.join(&folder.name).as_str(),
        "destinationEnvironment": target.environment.slug, "destinationFolderPath": path.as_str(),
    });
    audit::record(app, &tx, caller, Event::project(caller, project_id, "move-folder", metadata)).await?;
    tx.commit().await?;
    app.queue.wake();
    Ok(Place { environment: target.environment, folder, path })
}

/// A folder that moves along.
struct Part {
    id: Uuid,
    from: SecretPath,
    to: SecretPath,
}

/// The folder and everything beneath it, each with its path before and after.
async fn moving(tx: &WriteTx, folder: &Model, target: &Place) -> Result<Vec<Part>> {
    let below = subtree(tx, folder).await?;
    let Some((_, old)) = below.first() else { return Err(Error::internal("a folder without a path")) };
    if below.iter().any(|(part, _)| part.id == target.folder.id) {
        return Err(Error::bad_request_named(NAME, "A folder cannot be moved into itself"));
    }
    if folder.parent_id == Some(target.folder.id) {
        return Err(Error::bad_request_named(NAME, "The folder is there already"));
    }
    if keyferry_db::folders::find_child(tx, target.folder.id, &folder.name).await?.is_some() {
        return Err(name_taken(&folder.name));
    }
    let new = target.path.join(&folder.name);
    let skip = old.segments().count();
    let mut moving = Vec::with_capacity(below.len());
    for (part, from) in &below {
        let to = from.segments().skip(skip).fold(new.clone(), |at, name| at.join(name));
        // Bounds on depth and length hold where it goes, too.
        let to = SecretPath::parse(to.as_str())?;
        moving.push(Part { id: part.id, from: from.clone(), to });
    }
    Ok(moving)
}

async fn require_rights(conn: &impl Conn, ability: &Ability, ends: (&Place, &Place), moving: &[Part]) -> Result<()> {
    let (from, to) = (&*ends.0.environment.slug, &*ends.1.environment.slug);
    let project_id = ends.0.folder.project_id;
    for part in moving {
        require_right(ability, "delete", from, &parent_path(&part.from))?;
        require_right(ability, "create", to, &parent_path(&part.to))?;
    }
    let ids: Vec<Uuid> = moving.iter().map(|part| part.id).collect();
    let places: HashMap<Uuid, &Part> = moving.iter().map(|part| (part.id, part)).collect();
    let slugs: HashMap<Uuid, String> =
        keyferry_db::secrets::tags::of_project(conn, project_id).await?.into_iter().map(|tag| (tag.id, tag.slug)).collect();
    let mut tags: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in keyferry_db::secrets::tags::in_folders(conn, &ids).await? {
        tags.entry(row.secret_id).or_default().extend(slugs.get(&row.tag_id).cloned());
    }
    for secret in keyferry_db::secrets::list_in_folders(conn, &ids, &[Uuid::nil()]).await? {
        let Some(part) = places.get(&secret.folder_id) else { continue };
        let tags = tags.get(&secret.id).map_or(&[][..], Vec::as_slice);
        let here = Facts::secret(from, part.from.as_str(), &secret.key, tags);
        ability.require("delete", "secrets", here)?;
        ability.require("readValue", "secrets", here)?;
        ability.require("create", "secrets", Facts::secret(to, part.to.as_str(), &secret.key, tags))?;
    }
    let importing: HashSet<Uuid> = keyferry_db::secrets::places::imports(conn, project_id)
        .await?
        .into_iter()
        .map(|import| import.folder_id)
        .filter(|id| places.contains_key(id))
        .collect();
    for part in moving.iter().filter(|part| importing.contains(&part.id)) {
        ability.require("delete", "secret-imports", Facts::at(from, part.from.as_str()))?;
        ability.require("create", "secret-imports", Facts::at(to, part.to.as_str()))?;
    }
    Ok(())
}

fn name_taken(name: &str) -> Error {
    Error::bad_request_named(NAME, format!("There is a folder called '{name}' already"))
}
