//! Taking steps: what plans and reverts do to secrets and folders, with the rights of whoever asks.

use std::collections::HashSet;

use keyferry_db::entities::{folders, secrets};
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

use super::folder_added;
use super::image::SecretImage;
use super::plan::{FolderPlan, Target};
use super::secret_added;
use super::state::HeldFolder;
use crate::access::Facts;
use crate::audit::{self, Event};
use crate::error::{Error, Result};
use crate::folders::{self as folder_rules, Place};
use crate::secrets::decorations::TagSet;
use crate::secrets::model::{Location, Secret, Tag};
use crate::secrets::place::{Spot, folder_not_found, locate};
use crate::secrets::read::reader::value_denied;
use crate::secrets::references::track;
use crate::secrets::write::create::insert;
use crate::secrets::write::delete::remove;
use crate::secrets::write::input::{Change, Deletion, MetadataInput, NewSecret};
use crate::secrets::write::update::apply;
use crate::secrets::write::write_many::tell;
use crate::secrets::write::writer::Writer;

/// How much was done.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    pub(super) secrets: usize,
    pub(super) folders: usize,
}

/// Takes the steps of the plans, parents first; `root` is the folder of the first one. Answers the folders whose secrets
/// changed.
pub(super) async fn take(writer: &Writer<'_>, root: &Place, plans: Vec<FolderPlan>) -> Result<(Done, Vec<Uuid>)> {
    let mut done = Done::default();
    let mut touched = Vec::new();
    for plan in plans {
        if plan.is_empty() {
            continue;
        }
        let at = Location {
            project_id: writer.reader.project.id,
            environment: root.environment.slug.clone(),
            path: plan.path.clone(),
        };
        let parent = folder_rules::place_of(writer.tx, plan.folder_id)
            .await?
            .ok_or_else(|| folder_not_found("RollbackCommit", &at.environment, at.path.as_str()))?;
        done.folders += plan.removed_folders.len() + plan.renamed_folders.len() + plan.new_folders.len();
        done.secrets += plan.removed.len() + plan.changed.len() + plan.added.len();
        for folder in plan.removed_folders {
            folder_rules::remove(&writer.folder_change(), &parent, folder).await?;
        }
        for (folder, name) in plan.renamed_folders {
            let wanted = folder_rules::NewName { name, description: None };
            folder_rules::rename_to(&writer.folder_change(), &parent, folder, wanted).await?;
        }
        for (id, held) in plan.new_folders {
            bring_back_folder(writer, &parent, id, held).await?;
        }
        let spot = locate(writer.tx, &at).await?;
        let spot = spot.ok_or_else(|| folder_not_found("RollbackCommit", &at.environment, at.path.as_str()))?;
        if !plan.removed.is_empty() || !plan.changed.is_empty() || !plan.added.is_empty() {
            writer.touch(&[plan.folder_id], &at, "RollbackCommit").await?;
            touched.push(plan.folder_id);
        }
        remove_secrets(writer, &at, plan.removed.iter().map(|row| row.key.clone())).await?;
        let changes = plan.changed.iter().map(|(row, target)| change(writer, row.key.clone(), target));
        touched.extend(change_secrets(writer, &at, changes.collect::<Result<_>>()?).await?);
        add_secrets(writer, &at, &spot, plan.added).await?;
    }
    Ok((done, touched))
}

pub(super) async fn remove_secrets(writer: &Writer<'_>, at: &Location, keys: impl Iterator<Item = String>) -> Result<()> {
    let deletions: Vec<Deletion> = keys.map(|key| Deletion { key, ..Deletion::default() }).collect();
    if deletions.is_empty() {
        return Ok(());
    }
    let secrets = remove(writer, at, &deletions, "DeleteManySecret").await?;
    tell(writer, at, "delete-secrets", &secrets).await
}

/// Changes secrets; answers other folders whose secrets changed with that.
pub(super) async fn change_secrets(writer: &Writer<'_>, at: &Location, changes: Vec<Change>) -> Result<Vec<Uuid>> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let outcome = apply(writer, at, &changes, "UpdateManySecret").await?;
    let secrets: Vec<Secret> = outcome.updated.into_iter().map(|(_, secret)| secret).collect();
    tell(writer, at, "update-secrets", &secrets).await?;
    Ok(outcome.changed_folders)
}

/// The change that makes the secret of a key what it was at a version. Tags stay as they are.
pub(super) fn change(writer: &Writer<'_>, key: String, target: &Target) -> Result<Change> {
    let opener = writer.reader.opener();
    Ok(Change {
        new_key: Some(target.key.clone()).filter(|wanted| *wanted != key),
        key,
        value: Some(opener.version_value(&target.row)?),
        comment: Some(opener.version_comment(&target.row)?.unwrap_or_default()),
        skip_multiline_encoding: Some(target.row.skip_multiline_encoding.unwrap_or_default()),
        ..Change::default()
    })
}

/// Brings secrets back: with their history where they were deleted, as new ones where they live elsewhere by now.
pub(super) async fn add_secrets(
    writer: &Writer<'_>,
    at: &Location,
    spot: &Spot,
    added: Vec<(Target, Option<SecretImage>)>,
) -> Result<()> {
    let ids: Vec<Uuid> = added.iter().map(|(target, _)| target.id).collect();
    let living: HashSet<Uuid> = keyferry_db::secrets::find_by_ids(writer.tx, writer.reader.project.id, &ids)
        .await?
        .into_iter()
        .map(|row| row.id)
        .collect();
    let (mut images, mut news, mut corrections) = (Vec::new(), Vec::new(), Vec::new());
    for (target, image) in added {
        match image {
            Some(image) if !living.contains(&target.id) && image.secret.key == target.key => {
                if image.secret.version != target.row.version {
                    corrections.push(change(writer, target.key.clone(), &target)?);
                }
                images.push(image);
            }
            image => news.push(as_new(writer, spot, &target, image.as_ref()).await?),
        }
    }
    let mut secrets = bring_back(writer, spot, images).await?;
    if !news.is_empty() {
        secrets.extend(insert(writer, at, &news, "CreateManySecret").await?);
    }
    tell(writer, at, "create-secrets", &secrets).await?;
    change_secrets(writer, at, corrections).await?;
    Ok(())
}

/// A secret with the content of a version.
async fn as_new(writer: &Writer<'_>, spot: &Spot, target: &Target, image: Option<&SecretImage>) -> Result<NewSecret> {
    let opener = writer.reader.opener();
    let tag_ids = image.map(|image| image.tag_ids.clone()).unwrap_or_default();
    let known = writer.project_tags(!tag_ids.is_empty()).await?;
    let set = TagSet::new(tag_ids.iter().filter_map(|id| known.get(id).cloned()).collect());
    // The name may be another than the one it was deleted or moved under; a value hidden there must not show here.
    if let Some(image) = image {
        let then = Facts::secret(&spot.environment, &spot.path, &image.secret.key, &set.slugs);
        let now = Facts::secret(&spot.environment, &spot.path, &target.key, &set.slugs);
        if !writer.reader.may("readValue", then) && writer.reader.may("readValue", now) {
            return Err(value_denied(&image.secret.key));
        }
    }
    let mut metadata = Vec::new();
    for entry in image.into_iter().flat_map(|image| &image.metadata) {
        let value = opener.metadata(entry)?;
        metadata.push(MetadataInput { key: entry.key.clone(), value, is_encrypted: entry.is_encrypted });
    }
    Ok(NewSecret {
        key: target.key.clone(),
        value: opener.version_value(&target.row)?,
        comment: opener.version_comment(&target.row)?,
        skip_multiline_encoding: target.row.skip_multiline_encoding,
        tag_ids: set.tags.iter().map(|tag| tag.id).collect(),
        metadata,
        ..NewSecret::default()
    })
}

/// Puts deleted secrets back as they were, with their history; tags that are gone by now are left out.
async fn bring_back(writer: &Writer<'_>, spot: &Spot, images: Vec<SecretImage>) -> Result<Vec<Secret>> {
    let (reader, tx) = (writer.reader, writer.tx);
    let known = writer.project_tags(images.iter().any(|image| !image.tag_ids.is_empty())).await?;
    let (mut rows, mut versions, mut tags, mut metadata) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut values: Vec<(Uuid, SecretString)> = Vec::new();
    let mut secrets = Vec::new();
    for image in images {
        let set = TagSet::new(image.tag_ids.iter().filter_map(|id| known.get(id).cloned()).collect::<Vec<Tag>>());
        let row = secrets::Model { folder_id: spot.folder_id, ..image.secret };
        let facts = Facts::secret(&spot.environment, &spot.path, &row.key, &set.slugs);
        reader.require("create", facts)?;
        values.push((row.id, reader.opener().value(&row)?));
        tags.extend(writer.tag_rows(row.id, &set));
        versions.extend(image.versions);
        metadata.extend(image.metadata);
        let is_visible = reader.may("readValue", facts);
        secret_added(&writer.log, &row);
        secrets.push(reader.secret(row.clone(), &spot.environment, &spot.path, is_visible, set.tags, Vec::new())?);
        rows.push(row);
    }
    keyferry_db::insert_many(tx, rows).await?;
    keyferry_db::insert_many(tx, versions).await?;
    keyferry_db::insert_many(tx, tags).await?;
    keyferry_db::insert_many(tx, metadata).await?;
    let written: Vec<track::Written<'_>> =
        values.iter().map(|(secret_id, value)| track::Written { secret_id: *secret_id, spot, value }).collect();
    track::record(writer.app(), tx, reader.project.id, Some(&reader.ability), &written).await?;
    Ok(secrets)
}

/// Puts a deleted folder back under its id.
pub(super) async fn bring_back_folder(writer: &Writer<'_>, parent: &Place, id: Uuid, held: HeldFolder) -> Result<folders::Model> {
    let reader = writer.reader;
    let (environment, path) = (&parent.environment.slug, &parent.path);
    reader.ability.require("create", "secret-folders", Facts::at(environment, path.as_str()))?;
    if keyferry_db::folders::find_child(writer.tx, parent.folder.id, &held.name).await?.is_some() {
        return Err(Error::bad_request(format!("A folder named '{}' exists already", held.name)));
    }
    let fresh = folder_rules::new_folder(writer.app(), &parent.environment, Some(parent.folder.id), &held.name);
    let row = folders::Model { id, description: held.description, ..fresh };
    keyferry_db::insert(writer.tx, row.clone()).await?;
    folder_added(&writer.log, &row);
    let metadata = json!({
        "environment": environment, "folderId": id, "folderName": row.name, "folderPath": path.as_str(),
        "description": row.description,
    });
    let event = Event::project(reader.caller, reader.project.id, "create-folder", metadata);
    audit::record(writer.app(), writer.tx, reader.caller, event).await?;
    Ok(row)
}
