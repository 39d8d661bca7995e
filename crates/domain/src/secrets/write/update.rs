//! Changing secrets.

use std::collections::{HashMap, HashSet};

use keyferry_db::entities::secrets;
use uuid::Uuid;

use super::input::{Change, TagChange};
use super::rename;
use super::writer::{Writer, finish, pick_tags, pick_tags_by_slug};
use crate::access::Facts;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::paths::SecretPath;
use crate::secrets::commits;
use crate::secrets::decorations::{MetadataOf, Of, TagSet, Tags};
use crate::secrets::keys_rule;
use crate::secrets::model::{Kind, Location, Secret, Tag};
use crate::secrets::place::Spot;
use crate::secrets::read::get::audit_metadata;
use crate::secrets::read::reader::{Reader, value_denied};
use crate::secrets::references::track;

/// Changes a secret.
///
/// # Errors
/// 400 for an unusable or taken new key, 403 without the right to edit it or to read what its value refers to, 404 when it, its
/// folder or a tag is missing; the texts of core API contract 10.6.
pub async fn update(app: &App, caller: &Caller, at: &Location, change: Change) -> Result<Secret> {
    let reader = Reader::new(app, app.db.read(), caller, at.project_id).await?;
    let tx = app.db.begin().await?;
    let writer = Writer::new(&reader, &tx);
    let mut outcome = apply(&writer, at, &[change], "UpdateSecret").await?;
    if let Some(index) = outcome.missing.first() {
        return Err(not_found(&outcome.keys[*index]));
    }
    let (_, secret) = outcome.updated.pop().ok_or_else(|| Error::internal("nothing was updated"))?;
    audit::record(app, &tx, caller, Event::project(caller, at.project_id, "update-secret", audit_metadata(&secret))).await?;
    let log = writer.log;
    finish(app, caller, tx, at.project_id, outcome.changed_folders, log).await?;
    Ok(secret)
}

pub(super) fn not_found(key: &str) -> Error {
    Error::not_found(format!("Secret with name {key} not found"))
}

/// What became of a list of changes.
pub(in crate::secrets) struct Outcome {
    /// The secrets changed, each with the index of its change.
    pub(in crate::secrets) updated: Vec<(usize, Secret)>,
    /// Indexes of changes whose secret does not exist.
    pub(in crate::secrets) missing: Vec<usize>,
    /// The keys named, by index.
    keys: Vec<String>,
    /// Folders whose shared secrets changed.
    pub(in crate::secrets) changed_folders: Vec<Uuid>,
}

/// A change with the row it is about.
struct Target<'a> {
    index: usize,
    change: &'a Change,
    spot: &'a Spot,
    old: secrets::Model,
}

/// Applies changes to the secrets that exist.
pub(in crate::secrets) async fn apply(
    writer: &Writer<'_>,
    at: &Location,
    changes: &[Change],
    error_name: &str,
) -> Result<Outcome> {
    let paths: Vec<SecretPath> = changes.iter().map(|c| c.path.clone().unwrap_or_else(|| at.path.clone())).collect();
    for (change, path) in changes.iter().zip(&paths) {
        writer.owner_id(change.kind)?;
        writer.require_name("edit", &at.environment, path, &change.key)?;
        if let Some(new_key) = &change.new_key {
            keys_rule::check(new_key)?;
        }
    }
    let spots = writer.spots(at, paths.iter(), error_name).await?;
    let folder_ids: Vec<Uuid> = spots.values().map(|spot| spot.folder_id).collect();
    let mut locked = folder_ids.clone();
    for (change, path) in changes.iter().zip(&paths) {
        if change.new_key.as_ref().is_some_and(|new_key| *new_key != change.key) {
            locked.extend(rename::folders_affected(writer, &spots[path], &change.key).await?);
        }
    }
    writer.touch(&locked, at, error_name).await?;

    let (targets, missing) = find_targets(writer, changes, |index| &spots[&paths[index]], &folder_ids).await?;
    let mut work = Work::load(writer, &targets).await?;
    for target in &targets {
        work.change(writer, target).await?;
    }
    let ids = work.write(writer, &targets).await?;
    let mut changed_folders: Vec<Uuid> =
        targets.iter().filter(|t| t.change.kind == Kind::Shared).map(|t| t.spot.folder_id).collect();
    let mut is_renamed = false;
    for target in &targets {
        if let Some(new_key) = target.change.new_key.as_ref().filter(|new_key| **new_key != target.old.key) {
            is_renamed = true;
            changed_folders.extend(rename::follow(writer, target.spot, &target.old.key, new_key).await?);
        }
    }
    if is_renamed {
        // A rewritten reference may lie in one of the secrets changed here, so their rows are read once more.
        let fresh = keyferry_db::secrets::find_by_ids(writer.tx, at.project_id, &ids).await?;
        work.rows = fresh.into_iter().map(|row| (row.id, row)).collect();
    }
    let updated = work.into_secrets(writer, &targets).await?;
    Ok(Outcome { updated, missing, keys: changes.iter().map(|c| c.key.clone()).collect(), changed_folders })
}

async fn find_targets<'a>(
    writer: &Writer<'_>,
    changes: &'a [Change],
    spot_of: impl Fn(usize) -> &'a Spot,
    folder_ids: &[Uuid],
) -> Result<(Vec<Target<'a>>, Vec<usize>)> {
    let keys: Vec<String> = changes.iter().map(|change| change.key.clone()).collect();
    let mut rows: HashMap<(Uuid, String, Uuid), secrets::Model> =
        keyferry_db::secrets::find_by_keys(writer.tx, folder_ids, &keys, &writer.owners())
            .await?
            .into_iter()
            .map(|row| ((row.folder_id, row.key.clone(), row.owner_id), row))
            .collect();
    let (mut targets, mut missing, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for (index, change) in changes.iter().enumerate() {
        let spot = spot_of(index);
        let name = (spot.folder_id, change.key.clone(), writer.owner_id(change.kind)?);
        if !seen.insert(name.clone()) {
            return Err(Error::bad_request(format!("Secret is named more than once: {}", change.key)));
        }
        match rows.remove(&name) {
            Some(old) => targets.push(Target { index, change, spot, old }),
            None => missing.push(index),
        }
    }
    Ok((targets, missing))
}

/// The rows of a list of changes on their way to the database.
struct Work {
    known_tags: HashMap<Uuid, Tag>,
    old_tags: Tags,
    tags: HashMap<Uuid, TagSet>,
    rows: HashMap<Uuid, secrets::Model>,
}

impl Work {
    async fn load(writer: &Writer<'_>, targets: &[Target<'_>]) -> Result<Self> {
        let ids: Vec<Uuid> = targets.iter().map(|target| target.old.id).collect();
        let has_tags = targets.first().is_some_and(|target| target.spot.project_has_tags);
        Ok(Self {
            known_tags: writer.project_tags(targets.iter().any(|t| t.change.tags.is_some())).await?,
            old_tags: Tags::load(writer.tx, writer.reader.project.id, Of::Secrets(&ids), has_tags).await?,
            tags: HashMap::new(),
            rows: HashMap::new(),
        })
    }

    /// Checks one change and makes its new row.
    async fn change(&mut self, writer: &Writer<'_>, target: &Target<'_>) -> Result<()> {
        let (change, spot, old) = (target.change, target.spot, &target.old);
        let old_tags = self.old_tags.get(old.id);
        let reader = writer.reader;
        let old_facts = Facts::secret(&spot.environment, &spot.path, &old.key, &old_tags.slugs);
        reader.require("edit", old_facts)?;
        if change.expected_version.is_some_and(|expected| expected != old.version) {
            return Err(Error::Conflict {
                name: "SecretChanged".to_owned(),
                message: format!("Secret '{}' was changed meanwhile: it has version {} by now.", old.key, old.version),
                details: None,
            });
        }
        let was_visible = reader.may("readValue", old_facts);
        let tags = match &change.tags {
            None => old_tags,
            Some(TagChange::Set(ids)) => pick_tags(&self.known_tags, ids)?,
            Some(TagChange::Add(slugs)) => {
                let mut all = pick_tags_by_slug(&self.known_tags, slugs)?.tags;
                all.extend(old_tags.tags.into_iter().filter(|tag| !slugs.contains(&tag.slug)));
                TagSet::new(all)
            }
            Some(TagChange::Remove(slugs)) => {
                pick_tags_by_slug(&self.known_tags, slugs)?;
                TagSet::new(old_tags.tags.into_iter().filter(|tag| !slugs.contains(&tag.slug)).collect())
            }
        };
        let mut row = old.clone();
        if let Some(new_key) = change.new_key.as_ref().filter(|new_key| **new_key != old.key) {
            if change.kind == Kind::Personal {
                return Err(Error::bad_request("Personal secret cannot change the key name"));
            }
            if keyferry_db::secrets::find_by_key(writer.tx, spot.folder_id, new_key, Uuid::nil()).await?.is_some() {
                return Err(Error::bad_request("Secret with the new name already exists"));
            }
            row.key.clone_from(new_key);
        }
        if row.key != old.key || change.tags.is_some() {
            let facts = Facts::secret(&spot.environment, &spot.path, &row.key, &tags.slugs);
            reader.require("edit", facts)?;
            // Whoever may not see a value must not bring it, or its history, under a name or a tag where they may.
            if !was_visible && reader.may("readValue", facts) {
                return Err(value_denied(&old.key));
            }
        }

        // The envelopes bind the version, so what stays is sealed anew.
        let opener = writer.reader.opener();
        row.version += 1;
        row.updated_at_ms = writer.now_ms;
        writer.sign(&mut row);
        match &change.value {
            Some(value) => writer.seal_value(&mut row, value),
            None => writer.seal_value(&mut row, &opener.value(old)?),
        }
        row.comment = match &change.comment {
            Some(comment) => writer.seal_text("comment", &row, Some(comment)),
            None => writer.seal_text("comment", &row, opener.comment(old)?.as_ref()),
        };
        row.reminder_note = match &change.reminder_note {
            Some(note) => writer.seal_text("reminder_note", &row, note.as_ref()),
            None => writer.seal_text("reminder_note", &row, opener.reminder_note(old)?.as_ref()),
        };
        if let Some(skip) = change.skip_multiline_encoding {
            row.skip_multiline_encoding = Some(skip);
        }
        if let Some(days) = change.reminder_repeat_days {
            row.reminder_repeat_days = days.filter(|days| *days != 0);
        }
        self.tags.insert(row.id, tags);
        self.rows.insert(row.id, row);
        Ok(())
    }

    /// Writes the new rows; answers the ids of the secrets.
    async fn write(&self, writer: &Writer<'_>, targets: &[Target<'_>]) -> Result<Vec<Uuid>> {
        let (mut versions, mut tag_rows, mut metadata_rows) = (Vec::new(), Vec::new(), Vec::new());
        let (mut retagged, mut remarked, mut unreferenced) = (Vec::new(), Vec::new(), Vec::new());
        let mut written = Vec::new();
        for target in targets {
            let id = target.old.id;
            let (Some(row), Some(tags)) = (self.rows.get(&id), self.tags.get(&id)) else { continue };
            keyferry_db::update(writer.tx, row.clone()).await?;
            commits::secret_updated(&writer.log, &target.old, row);
            versions.push(writer.version_row(row, tags));
            if target.change.tags.is_some() {
                retagged.push(id);
                tag_rows.extend(writer.tag_rows(id, tags));
            }
            if let Some(entries) = &target.change.metadata {
                remarked.push(id);
                metadata_rows.extend(writer.metadata_rows(id, entries).0);
            }
            if let Some(value) = &target.change.value {
                if target.old.has_references {
                    unreferenced.push(id);
                }
                written.push(track::Written { secret_id: id, spot: target.spot, value });
            }
        }
        let tx = writer.tx;
        keyferry_db::insert_many(tx, versions).await?;
        keyferry_db::secrets::tags::delete_of(tx, &retagged).await?;
        keyferry_db::insert_many(tx, tag_rows).await?;
        keyferry_db::secrets::metadata::delete_of(tx, &remarked).await?;
        keyferry_db::insert_many(tx, metadata_rows).await?;
        keyferry_db::secrets::references::delete_of(tx, &unreferenced).await?;
        let (app, project_id) = (writer.app(), writer.reader.project.id);
        track::record(app, tx, project_id, Some(&writer.reader.ability), &written).await?;
        Ok(targets.iter().map(|target| target.old.id).collect())
    }

    async fn into_secrets(mut self, writer: &Writer<'_>, targets: &[Target<'_>]) -> Result<Vec<(usize, Secret)>> {
        let reader = writer.reader;
        let ids: Vec<Uuid> = targets.iter().map(|target| target.old.id).collect();
        let has_metadata = targets.iter().any(|t| t.spot.project_has_metadata || t.change.metadata.is_some());
        let mut metadata = MetadataOf::load(writer.tx, &reader.opener(), Of::Secrets(&ids), has_metadata).await?;
        let mut secrets = Vec::with_capacity(targets.len());
        for target in targets {
            let spot = target.spot;
            let id = target.old.id;
            let (Some(row), Some(tags)) = (self.rows.remove(&id), self.tags.remove(&id)) else { continue };
            let facts = Facts::secret(&spot.environment, &spot.path, &row.key, &tags.slugs);
            let is_visible = reader.may("readValue", facts);
            let secret = reader.secret(row, &spot.environment, &spot.path, is_visible, tags.tags, metadata.take(id))?;
            secrets.push((target.index, secret));
        }
        Ok(secrets)
    }
}
