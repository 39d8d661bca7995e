//! Taking one commit back, as far as nobody changed the same secrets and folders since.

use std::collections::HashMap;

use keyferry_db::entities::{folder_commit_changes, folders as folder_rows, secrets};
use serde_json::json;
use uuid::Uuid;

use super::image::{self, FolderImage, SecretImage};
use super::plan::{self, Target};
use super::replay::{self, add_secrets, bring_back_folder, change_secrets, remove_secrets};
use super::state::HeldFolder;
use super::subjects::Subjects;
use super::{Effect, Log, Resource, author, locate, require};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::folders::{self, Place};
use crate::secrets::model::Location;
use crate::secrets::place::{folder_not_found, locate as locate_spot};
use crate::secrets::read::reader::Reader;
use crate::secrets::write::writer::{Writer, finish};

/// In place of a name that the caller may not know.
pub const UNNAMED: &str = "a secret hidden by your role";

/// What reverting did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reverted {
    /// How many secrets and folders are as they were before.
    pub restored: usize,
    /// Names of those that stay as they are, because they were changed since or their name is taken; [`UNNAMED`] for what the
    /// caller may not know of.
    pub kept: Vec<String>,
    /// The new commit of the folder; none when nothing could be taken back.
    pub commit_id: Option<Uuid>,
}

/// Reverts a commit. Whoever made it may do so as far as their other rights go; everybody else needs the right to roll back
/// too.
///
/// # Errors
/// 404 for an unknown commit or one whose folder is gone, 400 for one that was reverted already, 403 without the rights to
/// create, edit or delete what comes back, changes back or goes.
pub async fn revert(app: &App, caller: &Caller, project_id: Uuid, id: Uuid) -> Result<Reverted> {
    let reader = Reader::new(app, app.db.read(), caller, project_id).await?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let (row, place) = locate(&tx, project_id, id).await?;
    require(&reader.ability, caller, "perform-rollback", &row, &place)?;
    let below: Vec<Uuid> = folders::subtree(&tx, &place.folder).await?.into_iter().map(|(folder, _)| folder.id).collect();
    keyferry_db::folders::lock(&tx, &below).await?;
    // Two who revert it at once meet at the lock; the second reads what the first left.
    let (row, _) = locate(&tx, project_id, id).await?;
    if row.reverted_by.is_some() {
        return Err(Error::bad_request("This change was undone already."));
    }
    let changes = keyferry_db::folder_commits::changes(&tx, &[id]).await?.remove(&id).unwrap_or_default();
    let (of_folders, of_secrets): (Vec<_>, Vec<_>) =
        changes.into_iter().partition(|change| Resource::parse(&change.resource) == Resource::Folder);
    let writer = Writer::new(&reader, &tx);
    let mut reverted = Reverted::default();
    let mut touched = revert_folders(&writer, &place, of_folders, &mut reverted).await?;
    if !of_secrets.is_empty() {
        touched.extend(revert_secrets(&writer, &place, of_secrets, &mut reverted).await?);
    }
    let log = writer.log;
    let message = format!("Reverted commit {}", row.sequence);
    let commits = log.write(&tx, author(app, &caller.actor), project_id, Some(&message)).await?;
    reverted.commit_id = commits.get(&row.folder_id).copied();
    if let Some(by) = reverted.commit_id {
        keyferry_db::folder_commits::mark_reverted(&tx, id, by).await?;
    }
    let metadata = json!({
        "commitId": id, "revertCommitId": reverted.commit_id, "changesReverted": reverted.restored,
        "environment": place.environment.slug, "secretPath": place.path.as_str(),
    });
    audit::record(app, &tx, caller, Event::project(caller, project_id, "pit-revert-commit", metadata)).await?;
    finish(app, caller, tx, project_id, touched, Log::default()).await?;
    Ok(reverted)
}

async fn revert_secrets(
    writer: &Writer<'_>,
    place: &Place,
    all: Vec<folder_commit_changes::Model>,
    reverted: &mut Reverted,
) -> Result<Vec<Uuid>> {
    let (reader, tx) = (writer.reader, writer.tx);
    let at = Location { project_id: reader.project.id, environment: place.environment.slug.clone(), path: place.path.clone() };
    let folder_id = place.folder.id;
    writer.touch(&[folder_id], &at, "RevertCommit").await?;
    let missing = || folder_not_found("RevertCommit", &at.environment, at.path.as_str());
    let spot = locate_spot(tx, &at).await?.ok_or_else(missing)?;
    let names: Vec<String> =
        all.iter().flat_map(|change| [Some(&change.name), change.name_before.as_ref()]).flatten().cloned().collect();
    let now: HashMap<String, secrets::Model> = keyferry_db::secrets::find_by_keys(tx, &[folder_id], &names, &[Uuid::nil()])
        .await?
        .into_iter()
        .map(|row| (row.key.clone(), row))
        .collect();
    let is_at = |change: &folder_commit_changes::Model| {
        let current = now.get(&change.name);
        current.is_some_and(|row| row.id == change.resource_id && Some(row.version) == change.version)
    };
    let (mut deletions, mut changes, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    let subjects = Subjects::load(tx, reader.project.id, &all).await?;
    for change in all {
        let told = match subjects.allow(&reader.ability, "describeSecret", place, &change) {
            true => change.name.clone(),
            false => UNNAMED.to_owned(),
        };
        match (Effect::parse(&change.effect), change.version_before) {
            (Effect::Added, _) if is_at(&change) => deletions.push(change.name),
            (Effect::Updated, Some(before))
                if is_at(&change) && change.name_before.as_ref().is_none_or(|name| !now.contains_key(name)) =>
            {
                match keyferry_db::secrets::versions::find(tx, change.resource_id, before).await? {
                    Some(row) => {
                        let key = change.name_before.unwrap_or_else(|| change.name.clone());
                        let target = Target { id: change.resource_id, key, row };
                        changes.push(replay::change(writer, change.name, &target)?);
                    }
                    None => reverted.kept.push(told),
                }
            }
            (Effect::Removed, Some(version)) if !now.contains_key(&change.name) => {
                let image: Option<SecretImage> = change.image.as_deref().map(image::of_json).transpose()?;
                let row = image.as_ref().and_then(|image| image.versions.iter().find(|row| row.version == version)).cloned();
                match row {
                    Some(row) => gone.push((Target { id: change.resource_id, key: change.name, row }, image)),
                    None => reverted.kept.push(told),
                }
            }
            _ => reverted.kept.push(told),
        }
    }
    reverted.restored += deletions.len() + changes.len() + gone.len();
    remove_secrets(writer, &at, deletions.into_iter()).await?;
    let mut touched = change_secrets(writer, &at, changes).await?;
    add_secrets(writer, &at, &spot, gone).await?;
    touched.push(folder_id);
    Ok(touched)
}

async fn revert_folders(
    writer: &Writer<'_>,
    place: &Place,
    all: Vec<folder_commit_changes::Model>,
    reverted: &mut Reverted,
) -> Result<Vec<Uuid>> {
    let (reader, tx) = (writer.reader, writer.tx);
    let mut touched = Vec::new();
    for change in all {
        let current = keyferry_db::find_by_id::<folder_rows::Model>(tx, change.resource_id).await?;
        let is_gone = current.is_none();
        let here = current.filter(|row| row.parent_id == Some(place.folder.id) && row.name == change.name);
        let name = change.name_before.as_ref().unwrap_or(&change.name);
        let is_free = keyferry_db::folders::find_child(tx, place.folder.id, name).await?.is_none();
        match (Effect::parse(&change.effect), here) {
            (Effect::Added, Some(folder)) if is_unused(writer, &folder).await? => {
                folders::remove(&writer.folder_change(), place, folder).await?;
            }
            (Effect::Updated, Some(folder)) if change.name_before.is_some() && is_free => {
                let name = change.name_before.clone().unwrap_or_default();
                let wanted = folders::NewName { name, description: None };
                folders::rename_to(&writer.folder_change(), place, folder, wanted).await?;
            }
            (Effect::Removed, None) if is_gone && is_free => {
                let description = match change.image.as_deref() {
                    Some(text) => image::of_json::<FolderImage>(text)?.description,
                    None => None,
                };
                let held = HeldFolder { name: change.name.clone(), description };
                bring_back_folder(writer, place, change.resource_id, held).await?;
                let path = place.path.join(&change.name);
                let plans = plan::of_deleted(tx, &reader.opener(), change.resource_id, path).await?;
                touched.extend(replay::take(writer, place, plans).await?.1);
            }
            _ => {
                reverted.kept.push(change.name);
                continue;
            }
        }
        reverted.restored += 1;
    }
    Ok(touched)
}

/// Whether nothing was put into a folder.
async fn is_unused(writer: &Writer<'_>, folder: &folder_rows::Model) -> Result<bool> {
    let secrets = keyferry_db::secrets::list_in_folder(writer.tx, folder.id, &[Uuid::nil()]).await?;
    Ok(secrets.is_empty() && keyferry_db::folders::children(writer.tx, folder.id).await?.is_empty())
}
