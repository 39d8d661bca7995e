//! Deleting secrets.

use std::collections::HashMap;

use keyferry_db::entities::secrets;
use uuid::Uuid;

use super::input::Deletion;
use super::writer::{Writer, finish};
use crate::access::Facts;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::paths::SecretPath;
use crate::secrets::commits;
use crate::secrets::decorations::{MetadataOf, Of, Tags};
use crate::secrets::model::{Kind, Location, Secret};
use crate::secrets::read::get::{audit_metadata, name_not_found};
use crate::secrets::read::reader::Reader;

/// Deletes a secret; a shared one takes the personal overrides of it along. Answers it as it was.
///
/// # Errors
/// 403 without the right to delete it, 404 when it or its folder is missing.
pub async fn delete(app: &App, caller: &Caller, at: &Location, deletion: Deletion) -> Result<Secret> {
    let reader = Reader::new(app, app.db.read(), caller, at.project_id).await?;
    let tx = app.db.begin().await?;
    let writer = Writer::new(&reader, &tx);
    let secret =
        remove(&writer, at, &[deletion], "DeleteSecret").await?.pop().ok_or_else(|| Error::internal("nothing was deleted"))?;
    audit::record(app, &tx, caller, Event::project(caller, at.project_id, "delete-secret", audit_metadata(&secret))).await?;
    let changed = if secret.kind == Kind::Shared { vec![secret.folder_id] } else { Vec::new() };
    let log = writer.log;
    finish(app, caller, tx, at.project_id, changed, log).await?;
    Ok(secret)
}

/// Deletes secrets, all of which must exist; answers them in the order given.
pub(in crate::secrets) async fn remove(
    writer: &Writer<'_>,
    at: &Location,
    deletions: &[Deletion],
    error_name: &str,
) -> Result<Vec<Secret>> {
    let paths: Vec<SecretPath> = deletions.iter().map(|d| d.path.clone().unwrap_or_else(|| at.path.clone())).collect();
    for (deletion, path) in deletions.iter().zip(&paths) {
        writer.owner_id(deletion.kind)?;
        writer.require_name("delete", &at.environment, path, &deletion.key)?;
    }
    let spots = writer.spots(at, paths.iter(), error_name).await?;
    let folder_ids: Vec<Uuid> = spots.values().map(|spot| spot.folder_id).collect();
    writer.touch(&folder_ids, at, error_name).await?;
    let keys: Vec<String> = deletions.iter().map(|deletion| deletion.key.clone()).collect();
    let mut rows: HashMap<(Uuid, String, Uuid), secrets::Model> =
        keyferry_db::secrets::find_by_keys(writer.tx, &folder_ids, &keys, &writer.owners())
            .await?
            .into_iter()
            .map(|row| ((row.folder_id, row.key.clone(), row.owner_id), row))
            .collect();
    let ids: Vec<Uuid> = rows.values().map(|row| row.id).collect();
    let mut leaving = Vec::with_capacity(rows.len());
    let project_has = |flag: fn(&crate::secrets::place::Spot) -> bool| spots.values().next().is_some_and(flag);
    let project_id = writer.reader.project.id;
    let has_tags = project_has(|spot| spot.project_has_tags);
    let has_metadata = project_has(|spot| spot.project_has_metadata);
    let tags = Tags::load(writer.tx, project_id, Of::Secrets(&ids), has_tags).await?;
    // A damaged secret must be deletable, so what does not open is left out of the answer.
    let metadata = match MetadataOf::load(writer.tx, &writer.reader.opener(), Of::Secrets(&ids), has_metadata).await {
        Err(Error::Internal { .. }) => MetadataOf::default(),
        other => other?,
    };

    let mut secrets = Vec::with_capacity(deletions.len());
    let mut shared: HashMap<Uuid, Vec<String>> = HashMap::new();
    for (deletion, path) in deletions.iter().zip(&paths) {
        let spot = &spots[path];
        let name = (spot.folder_id, deletion.key.clone(), writer.owner_id(deletion.kind)?);
        let mut row = rows.remove(&name).ok_or_else(|| name_not_found(&deletion.key))?;
        let set = tags.get(row.id);
        let facts = Facts::secret(&spot.environment, &spot.path, &row.key, &set.slugs);
        writer.reader.require("delete", facts)?;
        if deletion.kind == Kind::Shared {
            shared.entry(spot.folder_id).or_default().push(row.key.clone());
            leaving.push(row.clone());
        }
        let opener = writer.reader.opener();
        let is_visible = writer.reader.may("readValue", facts) && opener.value(&row).is_ok();
        if opener.comment(&row).is_err() {
            row.comment = None;
        }
        if opener.reminder_note(&row).is_err() {
            row.reminder_note = None;
        }
        let entries = metadata.get(row.id).to_vec();
        secrets.push(writer.reader.secret(row, &spot.environment, &spot.path, is_visible, set.tags, entries)?);
    }
    let ids: Vec<Uuid> = secrets.iter().map(|secret| secret.id).collect();
    commits::secrets_removed(&writer.log, writer.tx, &leaving).await?;
    keyferry_db::secrets::delete_many(writer.tx, &ids).await?;
    for (folder_id, keys) in shared {
        keyferry_db::secrets::delete_overrides(writer.tx, folder_id, &keys).await?;
    }
    Ok(secrets)
}
