//! The way back.

use std::collections::{HashMap, HashSet};

use keyferry_db::entities::secrets;
use secrecy::SecretString;
use uuid::Uuid;

use super::entry::{self, Entry, Gone};
use super::record::tell;
use super::{Undone, is_kept, not_found};
use crate::access::Facts;
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::folders;
use crate::secrets::decorations::TagSet;
use crate::secrets::model::{Location, Secret};
use crate::secrets::place::{Spot, locate};
use crate::secrets::read::reader::Reader;
use crate::secrets::references::track;
use crate::secrets::write::delete::remove;
use crate::secrets::write::input::{Change, Deletion};
use crate::secrets::write::update::apply;
use crate::secrets::write::writer::{Writer, finish};

/// Undoes a change as far as nobody changed the same secrets since.
///
/// # Errors
/// 404 for an unknown change or one whose folder is gone, 400 for one that was undone already, 403 without the rights to create,
/// edit or delete what comes back, changes back or goes.
pub async fn undo(app: &App, caller: &Caller, project_id: Uuid, id: Uuid) -> Result<Undone> {
    let reader = Reader::new(app, app.db.read(), caller, project_id).await?;
    let tx = app.db.begin().await?;
    let writer = Writer::new(&reader, &tx);
    let row = keyferry_db::secret_changes::find_in_project(&tx, project_id, id).await?;
    let row = row.filter(|row| is_kept(row, writer.now_ms)).ok_or_else(not_found)?;
    let place = folders::place_of(&tx, row.folder_id).await?.ok_or_else(not_found)?;
    let at = Location { project_id, environment: place.environment.slug, path: place.path };
    writer.touch(&[row.folder_id], &at, "UpdateManySecret").await?;
    // Two who undo it at once meet at the folder's lock; the second reads what the first left.
    let mut row = keyferry_db::secret_changes::find_in_project(&tx, project_id, id).await?.ok_or_else(not_found)?;
    if row.undone_at_ms.is_some() {
        return Err(Error::bad_request("This change was undone already."));
    }
    let spot = locate(&tx, &at).await?.ok_or_else(not_found)?;
    let entries = entry::read(&row.entries)?;
    let keys: Vec<String> = entries.iter().map(|entry| entry.key().to_owned()).collect();
    let now: HashMap<String, secrets::Model> = keyferry_db::secrets::find_by_keys(&tx, &[row.folder_id], &keys, &[Uuid::nil()])
        .await?
        .into_iter()
        .map(|row| (row.key.clone(), row))
        .collect();
    let mut undone = Undone::default();
    let (mut deletions, mut changes, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        let current = now.get(entry.key());
        match entry {
            Entry::Created { id, key, version } if is_at(current, id, version) => {
                deletions.push(Deletion { key, ..Deletion::default() });
            }
            Entry::Changed { id, key, before, after } if is_at(current, id, after) => {
                match keyferry_db::secrets::versions::find(&tx, id, before).await? {
                    Some(old) => changes.push(Change {
                        key,
                        value: Some(reader.opener().version_value(&old)?),
                        comment: Some(reader.opener().version_comment(&old)?.unwrap_or_default()),
                        ..Change::default()
                    }),
                    None => undone.kept.push(key),
                }
            }
            Entry::Deleted(secret) if current.is_none() => gone.push(*secret),
            other => undone.kept.push(other.key().to_owned()),
        }
    }
    undone.restored = deletions.len() + changes.len() + gone.len();
    if !deletions.is_empty() {
        let secrets = remove(&writer, &at, &deletions, "DeleteManySecret").await?;
        tell(&writer, &at, "delete-secrets", &secrets).await?;
    }
    if !changes.is_empty() {
        let outcome = apply(&writer, &at, &changes, "UpdateManySecret").await?;
        let secrets: Vec<Secret> = outcome.updated.into_iter().map(|(_, secret)| secret).collect();
        tell(&writer, &at, "update-secrets", &secrets).await?;
    }
    if !gone.is_empty() {
        let secrets = bring_back(&writer, &spot, gone).await?;
        tell(&writer, &at, "create-secrets", &secrets).await?;
    }
    row.undone_at_ms = Some(writer.now_ms);
    let folder_id = row.folder_id;
    keyferry_db::update(&tx, row).await?;
    finish(app, caller, tx, project_id, vec![folder_id]).await?;
    Ok(undone)
}

fn is_at(current: Option<&secrets::Model>, id: Uuid, version: i32) -> bool {
    current.is_some_and(|row| row.id == id && row.version == version)
}

/// Puts deleted secrets back as they were, with their history; tags that are gone by now are left out.
async fn bring_back(writer: &Writer<'_>, spot: &Spot, gone: Vec<Gone>) -> Result<Vec<Secret>> {
    let (reader, tx) = (writer.reader, writer.tx);
    let known = writer.project_tags(gone.iter().any(|gone| !gone.tag_ids.is_empty())).await?;
    let (mut rows, mut versions, mut tags, mut metadata) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut values: Vec<(Uuid, SecretString)> = Vec::new();
    let mut secrets = Vec::new();
    let mut ids = HashSet::new();
    for one in gone {
        let set = TagSet::new(one.tag_ids.iter().filter_map(|id| known.get(id).cloned()).collect());
        let row = secrets::Model { folder_id: spot.folder_id, ..one.secret };
        let facts = Facts::secret(&spot.environment, &spot.path, &row.key, &set.slugs);
        reader.require("create", facts)?;
        if !ids.insert(row.id) {
            continue;
        }
        values.push((row.id, reader.opener().value(&row)?));
        tags.extend(writer.tag_rows(row.id, &set));
        versions.extend(one.versions);
        metadata.extend(one.metadata);
        let is_visible = reader.may("readValue", facts);
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
