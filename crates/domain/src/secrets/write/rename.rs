//! What follows a secret's new key: references to it in the project, and personal overrides of it.

use keyferry_db::entities::secrets;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use uuid::Uuid;

use super::writer::Writer;
use crate::audit::{self, Event};
use crate::error::{Error, Result};
use crate::secrets::commits;
use crate::secrets::decorations::{Of, Tags};
use crate::secrets::place::Spot;
use crate::secrets::references::{rename, track};
use crate::secrets::tree::Tree;

/// The secrets whose values may name `key` at the place.
async fn candidates(writer: &Writer<'_>, spot: &Spot, key: &str) -> Result<Vec<secrets::Model>> {
    let project_id = writer.reader.project.id;
    let mut rows = keyferry_db::secrets::with_references_in(writer.tx, spot.folder_id).await?;
    let absolute =
        keyferry_db::secrets::references::secrets_referring_to(writer.tx, project_id, &spot.environment, &spot.path, key);
    rows.extend(absolute.await?);
    rows.sort_by_key(|row| row.id);
    rows.dedup_by_key(|row| row.id);
    Ok(rows)
}

/// The folders whose secrets a rename may touch; locked before anything is written.
pub(super) async fn folders_affected(writer: &Writer<'_>, spot: &Spot, key: &str) -> Result<Vec<Uuid>> {
    Ok(candidates(writer, spot, key).await?.into_iter().map(|row| row.folder_id).collect())
}

/// Rewrites the references and renames the overrides; answers the folders whose shared secrets changed by that.
///
/// # Errors
/// [`Error::BadRequest`] when a new key cannot stand in a reference that must be rewritten.
pub(super) async fn follow(writer: &Writer<'_>, spot: &Spot, old_key: &str, new_key: &str) -> Result<Vec<Uuid>> {
    let tx = writer.tx;
    keyferry_db::secrets::relocate_overrides(tx, (spot.folder_id, old_key), (spot.folder_id, new_key)).await?;
    let rows = candidates(writer, spot, old_key).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let reader = writer.reader;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let tags = Tags::load(tx, reader.project.id, Of::Secrets(&ids), spot.project_has_tags).await?;
    let tree = Tree::load(tx, reader.project.id).await?;
    let mut changed = Vec::new();
    let mut noted = Vec::new();
    for old in rows {
        let opener = reader.opener();
        let value = opener.value(&old)?;
        let is_same_folder = old.folder_id == spot.folder_id;
        let rewritten = rename::rewrite(value.expose_secret(), is_same_folder, &spot.environment, &spot.path, old_key, new_key);
        let Some(rewritten) = rewritten.map(SecretString::from) else { continue };
        if !is_referable(new_key) {
            return Err(Error::bad_request(format!(
                "Secrets refer to '{old_key}', and the new name cannot stand in a reference: only letters, digits, '_' and '-' can"
            )));
        }
        let mut row = old.clone();
        row.version += 1;
        row.updated_at_ms = writer.now_ms;
        writer.sign(&mut row);
        writer.seal_value(&mut row, &rewritten);
        row.comment = writer.seal_text("comment", &row, opener.comment(&old)?.as_ref());
        row.reminder_note = writer.seal_text("reminder_note", &row, opener.reminder_note(&old)?.as_ref());
        keyferry_db::update(tx, row.clone()).await?;
        commits::secret_updated(&writer.log, &old, &row);
        keyferry_db::insert_many(tx, vec![writer.version_row(&row, &tags.get(row.id))]).await?;
        keyferry_db::secrets::references::delete_of(tx, &[row.id]).await?;
        let Some(at) = tree.folder(row.folder_id) else { continue };
        let lies = Spot { environment: at.environment.clone(), path: at.path.clone(), folder_id: row.folder_id, ..spot.clone() };
        // The reference was there before; whoever renames needs no right to what else the value names.
        let written = [track::Written { secret_id: row.id, spot: &lies, value: &rewritten }];
        track::record(writer.app(), tx, reader.project.id, None, &written).await?;
        let mut note = json!({"secretId": row.id, "secretKey": row.key, "secretVersion": row.version});
        if !row.owner_id.is_nil() {
            note["secretType"] = json!("personal");
        }
        noted.push(note);
        if row.owner_id.is_nil() {
            changed.push(row.folder_id);
        }
    }
    if !noted.is_empty() {
        let metadata = json!({
            "environment": &*spot.environment,
            "secretPath": &*spot.path,
            "secrets": noted,
            "cause": "referenced-secret-renamed",
        });
        let event = Event::project(reader.caller, reader.project.id, "update-secrets", metadata);
        audit::record(writer.app(), tx, reader.caller, event).await?;
    }
    Ok(changed)
}

fn is_referable(key: &str) -> bool {
    key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}
