//! One secret, by name or id, now or as it was.

use keyferry_db::Conn;
use keyferry_db::entities::secrets;
use keyferry_db::secrets::{places, versions};
use serde_json::{Value, json};
use uuid::Uuid;

use super::expansion;
use super::imports::Imports;
use super::reader::{Reader, value_denied};
use crate::access::Facts;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::secrets::decorations::{MetadataOf, Of, Tags};
use crate::secrets::model::{Kind, Location, Secret};
use crate::secrets::place::{Spot, folder_not_found};
use crate::secrets::tree::Tree;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct GetInput {
    /// The folder.
    pub at: Location,
    /// The secret's key.
    pub key: String,
    /// Shared, or the caller's own override.
    pub kind: Kind,
    /// A version; `None` for the present one.
    pub version: Option<i32>,
    /// Whether the value is wanted; without it only `describeSecret` is needed.
    pub view_value: bool,
    /// Whether references are replaced by what they name.
    pub expand_references: bool,
    /// Whether a key that the folder lacks is looked up in its imports, the last one first.
    pub include_imports: bool,
}

impl GetInput {
    /// The shared secret of that key with its value as stored.
    #[must_use]
    pub fn new(at: Location, key: &str) -> Self {
        Self {
            at,
            key: key.to_owned(),
            kind: Kind::Shared,
            version: None,
            view_value: true,
            expand_references: false,
            include_imports: false,
        }
    }
}

/// Finds a secret by its key.
///
/// # Errors
/// 403 without the right to know of it or to see its value, 404 when folder, secret or version are missing; the texts of core
/// API contract 10.6.
pub async fn get(app: &App, caller: &Caller, input: &GetInput) -> Result<Secret> {
    let conn = app.db.read();
    let at = &input.at;
    let reader = Reader::new(app, conn, caller, at.project_id).await?;
    // Before anything is looked up, so that a refusal does not tell what exists.
    let gate = Facts { secret_name: Some(&input.key), ..Facts::at(&at.environment, at.path.as_str()) };
    reader.require("describeSecret", gate)?;

    let owner_id = match input.kind {
        Kind::Shared => Uuid::nil(),
        Kind::Personal => caller.actor.user_id().ok_or_else(|| name_not_found(&input.key))?,
    };
    let names: Vec<&str> = at.path.segments().collect();
    let (place, row) = places::find_with_secret(conn, at.project_id, &at.environment, &names, &input.key, owner_id)
        .await?
        .ok_or_else(|| folder_not_found("GetSecretByName", &at.environment, at.path.as_str()))?;
    let spot = Spot::new(at, place);
    let (row, spot, tree) = match row {
        Some(row) => (row, spot, None),
        None if input.include_imports && spot.has_imports && input.kind == Kind::Shared => {
            let (row, spot, tree) = imported(&reader, conn, &spot, &input.key).await?;
            (row, spot, Some(tree))
        }
        None => return Err(name_not_found(&input.key)),
    };
    let want = Want { version: input.version, view_value: input.view_value, expand_references: input.expand_references };
    let secret = open(&reader, conn, row, &spot, want, tree).await?;
    record(&reader, &secret)?;
    Ok(secret)
}

/// Finds a secret by its id, with its value as stored.
///
/// # Errors
/// As [`get`]; a secret of a foreign project is not found.
pub async fn get_by_id(app: &App, caller: &Caller, id: Uuid) -> Result<Secret> {
    let conn = app.db.read();
    let not_found = || Error::not_found(format!("Secret with ID '{id}' not found"));
    let own_only = |row: &secrets::Model| row.owner_id.is_nil() || Some(row.owner_id) == caller.actor.user_id();
    let row = keyferry_db::secrets::find(conn, id).await?.filter(own_only).ok_or_else(not_found)?;
    let reader = match Reader::new(app, conn, caller, row.project_id).await {
        Err(Error::Forbidden { .. }) => return Err(not_found()),
        other => other?,
    };
    let tree = Tree::load(conn, row.project_id).await?;
    let at = tree.folder(row.folder_id).ok_or_else(not_found)?;
    let (has_tags, has_metadata) = places::project_flags(conn, row.project_id).await?;
    let spot = Spot {
        environment: at.environment.clone(),
        path: at.path.clone(),
        folder_id: row.folder_id,
        has_imports: false,
        project_has_tags: has_tags,
        project_has_metadata: has_metadata,
    };
    let want = Want { version: None, view_value: true, expand_references: false };
    let secret = open(&reader, conn, row, &spot, want, Some(tree)).await?;
    record(&reader, &secret)?;
    Ok(secret)
}

struct Want {
    version: Option<i32>,
    view_value: bool,
    expand_references: bool,
}

async fn open(
    reader: &Reader<'_>,
    conn: &impl Conn,
    mut row: secrets::Model,
    spot: &Spot,
    want: Want,
    tree: Option<Tree>,
) -> Result<Secret> {
    let ids = [row.id];
    let of = Of::Secrets(&ids);
    let tags = Tags::load(conn, row.project_id, of, spot.project_has_tags).await?.take(row.id);
    let slugs: Vec<String> = tags.iter().map(|tag| tag.slug.clone()).collect();
    let facts = Facts::secret(&spot.environment, &spot.path, &row.key, &slugs);
    reader.require("describeSecret", facts)?;
    if want.view_value && !reader.may("readValue", facts) {
        return Err(value_denied(&row.key));
    }
    if let Some(version) = want.version.filter(|version| *version != row.version) {
        let old = versions::find(conn, row.id, version).await?.ok_or_else(|| name_not_found(&row.key))?;
        row.value = old.value;
        row.comment = old.comment;
        row.reminder_note = None;
        row.reminder_repeat_days = None;
        row.skip_multiline_encoding = old.skip_multiline_encoding;
        row.key = old.key;
        row.version = old.version;
        row.actor_type = old.actor_type;
        row.actor_id = old.actor_id;
        row.actor_name = old.actor_name;
        row.updated_at_ms = old.created_at_ms;
        row.has_references = true;
    }
    let metadata = MetadataOf::load(conn, &reader.opener(), of, spot.project_has_metadata).await?.take(row.id);
    let mut secret = reader.secret(row, &spot.environment, &spot.path, want.view_value, tags, metadata)?;
    if want.expand_references {
        expansion::expand(reader, conn, tree, &mut [&mut secret], false).await?;
    }
    Ok(secret)
}

/// The secret of this key in the strongest import that has it and that the caller may read.
async fn imported(reader: &Reader<'_>, conn: &impl Conn, spot: &Spot, key: &str) -> Result<(secrets::Model, Spot, Tree)> {
    let tree = Tree::load(conn, reader.project.id).await?;
    let imports = Imports::load(conn, reader.project.id, &tree).await?;
    let mut folder_ids = imports.flattened(spot.folder_id);
    folder_ids.retain(|id| *id != spot.folder_id);
    let rows = keyferry_db::secrets::find_by_keys(conn, &folder_ids, &[key.to_owned()], &[Uuid::nil()]).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let tags = Tags::load(conn, reader.project.id, Of::Secrets(&ids), spot.project_has_tags).await?;
    for folder_id in folder_ids {
        let Some(at) = tree.folder(folder_id) else { continue };
        let Some(row) = rows.iter().find(|row| row.folder_id == folder_id) else { continue };
        if reader.may("describeSecret", Facts::secret(&at.environment, &at.path, key, tags.slugs(row.id))) {
            let spot = Spot { environment: at.environment.clone(), path: at.path.clone(), folder_id, ..spot.clone() };
            return Ok((row.clone(), spot, tree));
        }
    }
    Err(name_not_found(key))
}

fn record(reader: &Reader<'_>, secret: &Secret) -> Result<()> {
    let event = Event::project(reader.caller, secret.project_id, "get-secret", audit_metadata(secret));
    audit::record_read(reader.app, reader.caller, event)
}

/// What the audit log tells of one secret (core API contract 13.1); never its value.
pub(in crate::secrets) fn audit_metadata(secret: &Secret) -> Value {
    let mut metadata = json!({
        "environment": &*secret.environment,
        "secretPath": &*secret.path,
        "secretId": secret.id,
        "secretKey": secret.key,
        "secretVersion": secret.version,
    });
    if let Some(object) = metadata.as_object_mut() {
        if secret.kind == Kind::Personal {
            object.insert("secretType".to_owned(), Value::from("personal"));
        }
        if !secret.tags.is_empty() {
            object.insert("secretTags".to_owned(), secret.tags.iter().map(|tag| tag.slug.as_str()).collect());
        }
        if !secret.metadata.is_empty() {
            object.insert("secretMetadata".to_owned(), metadata_for_audit(secret));
        }
    }
    metadata
}

/// The keys of a secret's metadata. Their values are stored encrypted, so the log does not repeat them in clear.
pub(in crate::secrets) fn metadata_for_audit(secret: &Secret) -> Value {
    secret.metadata.iter().map(|entry| json!({"key": entry.key, "isEncrypted": entry.is_encrypted})).collect()
}

pub(in crate::secrets) fn name_not_found(key: &str) -> Error {
    Error::not_found(format!("Secret with name '{key}' not found"))
}
