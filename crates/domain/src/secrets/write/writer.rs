//! What every write shares: places, owners, tags, versions, and the end of the transaction.

use std::collections::{BTreeMap, HashMap};

use keyferry_db::WriteTx;
use keyferry_db::entities::{secret_metadata, secret_tags, secret_versions, secrets};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use uuid::Uuid;

use super::input::MetadataInput;
use crate::access::Facts;
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::folders;
use crate::paths::SecretPath;
use crate::secret_syncs::trigger;
use crate::secrets::commits::{self, Log};
use crate::secrets::decorations::TagSet;
use crate::secrets::integrity::{metadata_place, place};
use crate::secrets::model::{Kind, Location, Metadata, Tag};
use crate::secrets::place::{Spot, folder_not_found, locate};
use crate::secrets::read::reader::Reader;
use crate::webhooks;

/// A caller changing secrets of a project inside one transaction.
pub(in crate::secrets) struct Writer<'a> {
    pub(in crate::secrets) reader: &'a Reader<'a>,
    pub(in crate::secrets) tx: &'a WriteTx,
    pub(in crate::secrets) now_ms: i64,
    /// What it changes, for the commits of the folders.
    pub(in crate::secrets) log: Log,
}

impl<'a> Writer<'a> {
    pub(in crate::secrets) fn new(reader: &'a Reader<'a>, tx: &'a WriteTx) -> Self {
        Self { reader, tx, now_ms: reader.app.now_ms(), log: Log::default() }
    }

    pub(in crate::secrets) fn app(&self) -> &App {
        self.reader.app
    }

    /// The same change, of folders.
    pub(in crate::secrets) fn folder_change(&self) -> folders::Change<'_> {
        let reader = self.reader;
        folders::Change { app: reader.app, tx: self.tx, caller: reader.caller, ability: &reader.ability, log: &self.log }
    }

    /// The owner of secrets of this kind.
    pub(in crate::secrets) fn owner_id(&self, kind: Kind) -> Result<Uuid> {
        match kind {
            Kind::Shared => Ok(Uuid::nil()),
            Kind::Personal => {
                self.reader.caller.actor.user_id().ok_or_else(|| Error::bad_request("Must be user to create personal secret"))
            }
        }
    }

    /// The owners whose secrets the caller sees.
    pub(in crate::secrets) fn owners(&self) -> Vec<Uuid> {
        std::iter::once(Uuid::nil()).chain(self.reader.caller.actor.user_id()).collect()
    }

    /// The right to an action on a name, tags aside; asked before anything is looked up.
    pub(in crate::secrets) fn require_name(&self, action: &str, environment: &str, path: &SecretPath, key: &str) -> Result<()> {
        self.reader.require(action, Facts { secret_name: Some(key), ..Facts::at(environment, path.as_str()) })
    }

    /// The folders of these paths.
    pub(in crate::secrets) async fn spots<'p>(
        &self,
        at: &Location,
        paths: impl Iterator<Item = &'p SecretPath>,
        error_name: &str,
    ) -> Result<BTreeMap<SecretPath, Spot>> {
        let mut spots = BTreeMap::new();
        for path in paths {
            if spots.contains_key(path) {
                continue;
            }
            let at = Location { path: path.clone(), ..at.clone() };
            let spot = locate(self.tx, &at).await?.ok_or_else(|| folder_not_found(error_name, &at.environment, path.as_str()))?;
            spots.insert(path.clone(), spot);
        }
        Ok(spots)
    }

    /// Marks folders as changed and, where the backend needs it, locks them.
    ///
    /// # Errors
    /// 404 when one of them was deleted since it was found.
    pub(in crate::secrets) async fn touch(&self, folder_ids: &[Uuid], at: &Location, error_name: &str) -> Result<()> {
        if keyferry_db::secrets::touch_folders(self.tx, folder_ids, self.now_ms).await? {
            return Ok(());
        }
        Err(folder_not_found(error_name, &at.environment, at.path.as_str()))
    }

    /// The project's tags by id, when `is_needed`.
    pub(in crate::secrets) async fn project_tags(&self, is_needed: bool) -> Result<HashMap<Uuid, Tag>> {
        if !is_needed {
            return Ok(HashMap::new());
        }
        Ok(keyferry_db::secrets::tags::of_project(self.tx, self.reader.project.id)
            .await?
            .into_iter()
            .map(|tag| (tag.id, Tag { id: tag.id, slug: tag.slug, color: tag.color }))
            .collect())
    }

    pub(in crate::secrets) fn tag_rows(&self, secret_id: Uuid, tags: &TagSet) -> Vec<secret_tags::Model> {
        tags.tags
            .iter()
            .map(|tag| secret_tags::Model {
                id: self.app().ids.v4(),
                project_id: self.reader.project.id,
                secret_id,
                tag_id: tag.id,
            })
            .collect()
    }

    /// Seals metadata, in the order given. Where the project demands it, every entry counts as encrypted.
    pub(in crate::secrets) fn metadata_rows(
        &self,
        secret_id: Uuid,
        entries: &[MetadataInput],
    ) -> (Vec<secret_metadata::Model>, Vec<Metadata>) {
        let keys = &self.reader.keys;
        let enforce = self.reader.project.enforce_encrypted_metadata;
        let mut rows = Vec::with_capacity(entries.len());
        let mut views = Vec::with_capacity(entries.len());
        for (position, entry) in entries.iter().enumerate() {
            let id = self.app().ids.v4();
            let is_encrypted = entry.is_encrypted || enforce;
            let fingerprint =
                (!is_encrypted).then(|| keys.fingerprint_text("secret-metadata", entry.value.expose_secret()).to_vec());
            rows.push(secret_metadata::Model {
                id,
                project_id: self.reader.project.id,
                secret_id,
                key: entry.key.clone(),
                value: keys.seal(metadata_place(id), entry.value.expose_secret()),
                value_fingerprint: fingerprint,
                is_encrypted,
                position: i32::try_from(position).unwrap_or(i32::MAX),
            });
            views.push(Metadata { key: entry.key.clone(), value: entry.value.clone(), is_encrypted });
        }
        (rows, views)
    }

    /// Puts a value into a row, sealed for the row's id and version.
    pub(in crate::secrets) fn seal_value(&self, row: &mut secrets::Model, value: &SecretString) {
        let keys = &self.reader.keys;
        row.value = keys.seal(place("value", row.id, row.version), value.expose_secret());
        row.value_fingerprint = keys.fingerprint(value).to_vec();
        row.is_empty = value.expose_secret().is_empty();
        row.has_references = crate::secrets::references::track::refers(value);
    }

    /// Seals a comment or note for the row; blank means none.
    pub(in crate::secrets) fn seal_text(
        &self,
        column: &'static str,
        row: &secrets::Model,
        text: Option<&SecretString>,
    ) -> Option<Vec<u8>> {
        let text = text.filter(|text| !text.expose_secret().is_empty())?;
        Some(self.reader.keys.seal(place(column, row.id, row.version), text.expose_secret()))
    }

    /// Writes the caller's name into a row.
    pub(in crate::secrets) fn sign(&self, row: &mut secrets::Model) {
        let actor = &self.reader.caller.actor;
        row.actor_type = actor.kind().to_owned();
        row.actor_id = actor.id();
        row.actor_name = actor.name().map(str::to_owned);
    }

    /// The row that keeps a secret as it is now.
    pub(in crate::secrets) fn version_row(&self, row: &secrets::Model, tags: &TagSet) -> secret_versions::Model {
        let tags = (!tags.tags.is_empty()).then(|| {
            let list: Vec<_> = tags.tags.iter().map(|tag| json!({"id": tag.id, "slug": tag.slug, "color": tag.color})).collect();
            serde_json::Value::Array(list).to_string()
        });
        secret_versions::Model {
            id: self.app().ids.v4(),
            secret_id: row.id,
            project_id: row.project_id,
            folder_id: row.folder_id,
            owner_id: row.owner_id,
            key: row.key.clone(),
            version: row.version,
            value: row.value.clone(),
            value_fingerprint: row.value_fingerprint.clone(),
            comment: row.comment.clone(),
            skip_multiline_encoding: row.skip_multiline_encoding,
            tags,
            actor_type: row.actor_type.clone(),
            actor_id: row.actor_id,
            actor_name: row.actor_name.clone(),
            created_at_ms: row.updated_at_ms,
        }
    }
}

/// The tags of these ids.
///
/// # Errors
/// 404 with the slugs that were found, as the contract words it.
pub(in crate::secrets) fn pick_tags(known: &HashMap<Uuid, Tag>, ids: &[Uuid]) -> Result<TagSet> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let found: Vec<Tag> = ids.iter().filter_map(|id| known.get(id).cloned()).collect();
    check_found(found, ids.len())
}

/// The tags of these slugs.
///
/// # Errors
/// As [`pick_tags`].
pub(in crate::secrets) fn pick_tags_by_slug(known: &HashMap<Uuid, Tag>, slugs: &[String]) -> Result<TagSet> {
    let mut slugs: Vec<&String> = slugs.iter().collect();
    slugs.sort_unstable();
    slugs.dedup();
    let found: Vec<Tag> = known.values().filter(|tag| slugs.contains(&&tag.slug)).cloned().collect();
    check_found(found, slugs.len())
}

fn check_found(found: Vec<Tag>, wanted: usize) -> Result<TagSet> {
    let set = TagSet::new(found);
    if set.tags.len() != wanted {
        return Err(Error::not_found(format!("Tag not found. Found {}", set.slugs.join(","))));
    }
    Ok(set)
}

/// Commits a write that touched the shared secrets of these folders: writes its log down, lets the syncs affected go, and tells
/// webhooks.
pub(in crate::secrets) async fn finish(
    app: &App,
    caller: &Caller,
    tx: WriteTx,
    project_id: Uuid,
    mut folder_ids: Vec<Uuid>,
    log: Log,
) -> Result<()> {
    log.write(&tx, commits::author(app, &caller.actor), project_id, None).await?;
    folder_ids.sort_unstable();
    folder_ids.dedup();
    if !folder_ids.is_empty() {
        trigger::folders_changed(app, &tx, project_id, &folder_ids).await?;
        webhooks::secrets_modified(app, &tx, caller, project_id, &folder_ids).await?;
    }
    tx.commit().await?;
    app.queue.wake();
    Ok(())
}
