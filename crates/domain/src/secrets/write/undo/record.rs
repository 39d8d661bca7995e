//! Changes of many secrets that are kept so that they can be undone.

use std::collections::HashMap;

use keyferry_db::entities::secret_changes;
use uuid::Uuid;

use super::KEPT_MS;
use super::entry::{self, Entry, Gone};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::Result;
use crate::secrets::model::{Location, Secret};
use crate::secrets::place::{folder_not_found, locate};
use crate::secrets::read::reader::Reader;
use crate::secrets::write::batch::{as_new, audit_metadata};
use crate::secrets::write::create::insert;
use crate::secrets::write::delete::remove;
use crate::secrets::write::input::{Change, Deletion, NewSecret};
use crate::secrets::write::update::apply;
use crate::secrets::write::writer::{Writer, finish};

/// A longer record is not kept: bytes of its text.
const MAX_TEXT: usize = 16 * 1024 * 1024;

/// Changes the secrets of a folder that exist, creates the others and deletes the keys `removed`, all or nothing, and keeps what
/// was there before. Personal overrides of deleted secrets go for good. Answers the change's id, or none when it is too large
/// to be kept.
///
/// # Errors
/// As [`crate::secrets::update_many`] with `Upsert`, and as [`crate::secrets::delete_many`].
pub async fn write_many(
    app: &App,
    caller: &Caller,
    at: &Location,
    changes: &[Change],
    removed: &[String],
) -> Result<Option<Uuid>> {
    let reader = Reader::new(app, app.db.read(), caller, at.project_id).await?;
    let tx = app.db.begin().await?;
    let writer = Writer::new(&reader, &tx);
    let missing = || folder_not_found("UpdateManySecret", &at.environment, at.path.as_str());
    let folder_id = locate(&tx, at).await?.ok_or_else(missing)?.folder_id;
    writer.touch(&[folder_id], at, "UpdateManySecret").await?;
    let mut entries = Vec::with_capacity(changes.len() + removed.len());
    if !removed.is_empty() {
        entries.extend(gone(&writer, folder_id, removed).await?);
        let deletions: Vec<Deletion> = removed.iter().map(|key| Deletion { key: key.clone(), ..Deletion::default() }).collect();
        let deleted = remove(&writer, at, &deletions, "DeleteManySecret").await?;
        tell(&writer, at, "delete-secrets", &deleted).await?;
    }
    if !changes.is_empty() {
        let outcome = apply(&writer, at, changes, "UpdateManySecret").await?;
        let updated: Vec<Secret> = outcome.updated.into_iter().map(|(_, secret)| secret).collect();
        let news: Vec<NewSecret> = outcome.missing.iter().map(|index| as_new(&changes[*index])).collect();
        let made = insert(&writer, at, &news, "CreateManySecret").await?;
        for (kind, secrets) in [("create-secrets", &made), ("update-secrets", &updated)] {
            if !secrets.is_empty() {
                tell(&writer, at, kind, secrets).await?;
            }
        }
        // A change always makes the next version.
        entries.extend(updated.into_iter().map(|secret| Entry::Changed {
            id: secret.id,
            key: secret.key,
            before: secret.version - 1,
            after: secret.version,
        }));
        entries.extend(made.into_iter().map(|secret| Entry::Created { id: secret.id, key: secret.key, version: secret.version }));
    }
    let id = keep(&writer, folder_id, &entries).await?;
    finish(app, caller, tx, at.project_id, vec![folder_id]).await?;
    Ok(id)
}

/// What these secrets are before they go.
async fn gone(writer: &Writer<'_>, folder_id: Uuid, keys: &[String]) -> Result<Vec<Entry>> {
    let tx = writer.tx;
    let rows = keyferry_db::secrets::find_by_keys(tx, &[folder_id], keys, &[Uuid::nil()]).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut versions: HashMap<Uuid, Vec<_>> = HashMap::new();
    for row in keyferry_db::secrets::versions::of_secrets(tx, &ids).await? {
        versions.entry(row.secret_id).or_default().push(row);
    }
    let mut metadata: HashMap<Uuid, Vec<_>> = HashMap::new();
    for row in keyferry_db::secrets::metadata::of_secrets(tx, &ids).await? {
        metadata.entry(row.secret_id).or_default().push(row);
    }
    let mut tags: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for row in keyferry_db::secrets::tags::of_secrets(tx, &ids).await? {
        tags.entry(row.secret_id).or_default().push(row.tag_id);
    }
    let entries = rows.into_iter().map(|secret| {
        let id = secret.id;
        Entry::Deleted(Box::new(Gone {
            secret,
            versions: versions.remove(&id).unwrap_or_default(),
            metadata: metadata.remove(&id).unwrap_or_default(),
            tag_ids: tags.remove(&id).unwrap_or_default(),
        }))
    });
    Ok(entries.collect())
}

/// Writes the audit row of a part of a change.
pub(super) async fn tell(writer: &Writer<'_>, at: &Location, kind: &'static str, secrets: &[Secret]) -> Result<()> {
    let caller = writer.reader.caller;
    let event = Event::project(caller, at.project_id, kind, audit_metadata(at, secrets));
    audit::record(writer.app(), writer.tx, caller, event).await
}

async fn keep(writer: &Writer<'_>, folder_id: Uuid, entries: &[Entry]) -> Result<Option<Uuid>> {
    let (app, actor, project_id) = (writer.app(), &writer.reader.caller.actor, writer.reader.project.id);
    keyferry_db::secret_changes::delete_before(writer.tx, project_id, writer.now_ms - KEPT_MS).await?;
    let text = entry::write(entries)?;
    if text.len() > MAX_TEXT {
        return Ok(None);
    }
    let id = app.ids.v7(writer.now_ms);
    let row = secret_changes::Model {
        id,
        project_id,
        folder_id,
        entries: text,
        actor_type: actor.kind().to_owned(),
        actor_id: actor.id(),
        actor_name: actor.name().map(str::to_owned),
        created_at_ms: writer.now_ms,
        undone_at_ms: None,
    };
    keyferry_db::insert(writer.tx, row).await?;
    Ok(Some(id))
}
