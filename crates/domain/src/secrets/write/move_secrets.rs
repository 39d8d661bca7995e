//! Moving secrets to another folder. They keep their ids and versions.

use std::collections::HashMap;

use keyferry_db::entities::secrets;
use serde_json::json;
use uuid::Uuid;

use super::writer::{Writer, finish};
use crate::access::Facts;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::paths::SecretPath;
use crate::secrets::commits;
use crate::secrets::decorations::{Of, Tags};
use crate::secrets::model::Location;
use crate::secrets::place::{Spot, folder_not_found, locate};
use crate::secrets::read::reader::{Reader, value_denied};
use crate::secrets::references::track;

/// What is to be moved where.
#[derive(Clone, Debug)]
pub struct MoveInput {
    /// The folder they lie in.
    pub from: Location,
    /// Environment slug of the target.
    pub to_environment: String,
    /// Folder path of the target.
    pub to_path: SecretPath,
    /// Ids of shared secrets.
    pub secret_ids: Vec<Uuid>,
    /// Whether secrets of the same key in the target give way.
    pub should_overwrite: bool,
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Whether secrets left their folder.
    pub is_source_updated: bool,
    /// Whether the target changed.
    pub is_destination_updated: bool,
}

/// Moves shared secrets. Needs the right to delete and read them where they are and to create them (or edit those that give
/// way) where they go.
///
/// # Errors
/// 400 when a key is taken in the target and must not be overwritten, 403, 404.
pub async fn move_secrets(app: &App, caller: &Caller, input: &MoveInput) -> Result<Moved> {
    let project_id = input.from.project_id;
    let reader = Reader::new(app, app.db.read(), caller, project_id).await?;
    let tx = app.db.begin().await?;
    let writer = Writer::new(&reader, &tx);
    let to = Location { project_id, environment: input.to_environment.clone(), path: input.to_path.clone() };
    reader.require("delete", Facts::at(&input.from.environment, input.from.path.as_str()))?;
    reader.require("create", Facts::at(&to.environment, to.path.as_str()))?;
    let spot = |at: Location| {
        let tx = &tx;
        async move {
            let found = locate(tx, &at).await?;
            found.ok_or_else(|| folder_not_found("MoveSecrets", &at.environment, at.path.as_str()))
        }
    };
    let source = spot(input.from.clone()).await?;
    let target = spot(to).await?;
    if source.folder_id == target.folder_id {
        return Err(Error::bad_request("Source and destination are the same folder"));
    }
    writer.touch(&[source.folder_id, target.folder_id], &input.from, "MoveSecrets").await?;
    let rows = moving(&writer, input, &source).await?;
    let keys: Vec<String> = rows.iter().map(|row| row.key.clone()).collect();
    let taken: HashMap<String, secrets::Model> =
        keyferry_db::secrets::find_by_keys(&tx, &[target.folder_id], &keys, &[Uuid::nil()])
            .await?
            .into_iter()
            .map(|row| (row.key.clone(), row))
            .collect();
    if !taken.is_empty() && !input.should_overwrite {
        let mut names: Vec<&str> = taken.keys().map(String::as_str).collect();
        names.sort_unstable();
        return Err(Error::bad_request(format!("Secret already exists: {}", names.join(","))));
    }
    relocate(&writer, &source, &target, &rows, &taken).await?;

    let list: Vec<_> =
        rows.iter().map(|row| json!({"secretId": row.id, "secretKey": row.key, "secretVersion": row.version + 1})).collect();
    let metadata = json!({
        "sourceEnvironment": &*source.environment,
        "sourceSecretPath": &*source.path,
        "destinationEnvironment": &*target.environment,
        "destinationSecretPath": &*target.path,
        "secretIds": input.secret_ids,
        "secrets": list,
    });
    audit::record(app, &tx, caller, Event::project(caller, project_id, "move-secrets", metadata)).await?;
    let is_updated = !rows.is_empty();
    let folders = if is_updated { vec![source.folder_id, target.folder_id] } else { Vec::new() };
    let log = writer.log;
    finish(app, caller, tx, project_id, folders, log).await?;
    Ok(Moved { is_source_updated: is_updated, is_destination_updated: is_updated })
}

/// The rows to move, each checked at its source.
async fn moving(writer: &Writer<'_>, input: &MoveInput, source: &Spot) -> Result<Vec<secrets::Model>> {
    let project_id = input.from.project_id;
    let mut ids = input.secret_ids.clone();
    ids.sort_unstable();
    ids.dedup();
    let mut rows = keyferry_db::secrets::find_by_ids(writer.tx, project_id, &ids).await?;
    rows.retain(|row| row.folder_id == source.folder_id && row.owner_id.is_nil());
    if let Some(id) = ids.iter().find(|id| !rows.iter().any(|row| row.id == **id)) {
        return Err(Error::not_found(format!("Secret with ID '{id}' not found")));
    }
    let tags = Tags::load(writer.tx, project_id, Of::Secrets(&ids), source.project_has_tags).await?;
    for row in &rows {
        let facts = Facts::secret(&source.environment, &source.path, &row.key, tags.slugs(row.id));
        writer.reader.require("delete", facts)?;
        if !writer.reader.may("readValue", facts) {
            return Err(value_denied(&row.key));
        }
    }
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(rows)
}

async fn relocate(
    writer: &Writer<'_>,
    source: &Spot,
    target: &Spot,
    rows: &[secrets::Model],
    taken: &HashMap<String, secrets::Model>,
) -> Result<()> {
    let tx = writer.tx;
    let reader = writer.reader;
    let ids: Vec<Uuid> = rows.iter().chain(taken.values()).map(|row| row.id).collect();
    commits::secrets_removed(&writer.log, tx, rows).await?;
    let tags = Tags::load(tx, reader.project.id, Of::Secrets(&ids), source.project_has_tags).await?;
    for old in rows {
        let set = tags.get(old.id);
        let facts = Facts::secret(&target.environment, &target.path, &old.key, &set.slugs);
        match taken.get(&old.key) {
            None => reader.require("create", facts)?,
            Some(replaced) => {
                let slugs = tags.slugs(replaced.id);
                reader.require("edit", Facts::secret(&target.environment, &target.path, &old.key, slugs))?;
                commits::secrets_removed(&writer.log, tx, std::slice::from_ref(replaced)).await?;
                keyferry_db::secrets::delete_many(tx, &[replaced.id]).await?;
                keyferry_db::secrets::delete_overrides(tx, target.folder_id, std::slice::from_ref(&old.key)).await?;
            }
        }
        let opener = reader.opener();
        let value = opener.value(old)?;
        let mut row = old.clone();
        row.folder_id = target.folder_id;
        row.version += 1;
        row.updated_at_ms = writer.now_ms;
        writer.sign(&mut row);
        writer.seal_value(&mut row, &value);
        row.comment = writer.seal_text("comment", &row, opener.comment(old)?.as_ref());
        row.reminder_note = writer.seal_text("reminder_note", &row, opener.reminder_note(old)?.as_ref());
        keyferry_db::update(tx, row.clone()).await?;
        commits::secret_added(&writer.log, &row);
        keyferry_db::insert_many(tx, vec![writer.version_row(&row, &set)]).await?;
        if old.has_references {
            // A short reference means another secret from here on, which the mover must be able to read as well.
            keyferry_db::secrets::references::delete_of(tx, &[row.id]).await?;
            let written = [track::Written { secret_id: row.id, spot: target, value: &value }];
            track::record(writer.app(), tx, reader.project.id, Some(&reader.ability), &written).await?;
        }
        let (from, to) = ((source.folder_id, old.key.as_str()), (target.folder_id, old.key.as_str()));
        keyferry_db::secrets::relocate_overrides(tx, from, to).await?;
    }
    Ok(())
}
