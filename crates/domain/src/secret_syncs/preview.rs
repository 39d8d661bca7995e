//! What a sync would take from a folder, by name: for the form of a new sync. Never a value.

use std::collections::{BTreeMap, HashSet};

use keyferry_connectors::KeySchema;
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::{SUBJECT, grants};
use crate::access::{self, Facts};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::folders;
use crate::paths::SecretPath;
use crate::secrets::source::{self, SourceOptions, SourceValue, UnresolvedReferences};

/// What is looked at.
#[derive(Clone, Debug)]
pub struct PreviewInput {
    /// The project.
    pub project_id: Uuid,
    /// What the caller is about to do with the sync: `create` or `edit`.
    pub action: &'static str,
    /// Slug of the environment.
    pub environment: String,
    /// Path of the folder.
    pub secret_path: String,
    /// Whether folders beneath count too.
    pub include_all_sub_folders: bool,
    /// How destination keys are made; empty for "as they are".
    pub key_schema: String,
}

/// What a sync would take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourcePreview {
    /// Secret keys with their names at the destination, in the order of the source.
    pub names: Vec<(String, String)>,
    /// Keys whose value is empty.
    pub empty: Vec<String>,
    /// Keys with a reference that leads nowhere.
    pub broken: Vec<String>,
    /// Keys whose stored value does not decrypt.
    pub unreadable: Vec<String>,
    /// Names on which several secrets end, with their folders.
    pub conflicts: Vec<(String, Vec<String>)>,
}

/// Reads the source as a sync of the caller would. Not audited: no value leaves.
///
/// # Errors
/// 403 without the action on syncs or `readValue` on the source and what it reaches, 400 for a folder that is not there, 422 for a
/// key schema outside the rule.
pub async fn preview_source(app: &App, caller: &Caller, input: PreviewInput) -> Result<SourcePreview> {
    let schema = KeySchema::parse(&input.key_schema)
        .map_err(|error| Error::invalid_field(&["syncOptions", "keySchema"], error.to_string()))?;
    let conn = app.db.read();
    let (_, ability) = access::project_ability(app, conn, caller, input.project_id).await?;
    let path = SecretPath::parse(&input.secret_path)?;
    let facts = Facts::at(&input.environment, path.as_str());
    ability.require(input.action, SUBJECT, facts)?;
    ability.require("readValue", "secrets", facts)?;
    let place = folders::resolve(conn, input.project_id, &input.environment, &path)
        .await?
        .ok_or_else(|| super::create::folder_missing(&input.secret_path, &input.environment, input.project_id))?;
    let options =
        SourceOptions { include_subfolders: input.include_all_sub_folders, unresolved_references: UnresolvedReferences::Block };
    grants::check_and_collect(app, conn, caller, input.project_id, place.folder.id, options).await?;
    let loaded = source::load(app, conn, input.project_id, place.folder.id, options).await?;

    let mut preview = SourcePreview::default();
    let mut folders_of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut seen = HashSet::new();
    for secret in loaded.secrets.into_iter().filter(|secret| seen.insert(secret.secret_id)) {
        let name = schema.apply(&secret.secret_key, &place.environment.slug);
        let list = match &secret.value {
            SourceValue::Value(value) if value.expose_secret().trim().is_empty() => Some(&mut preview.empty),
            SourceValue::Value(_) => None,
            SourceValue::Empty => Some(&mut preview.empty),
            SourceValue::Unreadable => Some(&mut preview.unreadable),
            SourceValue::UnresolvedReference => Some(&mut preview.broken),
        };
        if let Some(list) = list {
            list.push(secret.secret_key.clone());
        }
        folders_of.entry(name.clone()).or_default().push(format!("{} {}", secret.environment, secret.path));
        preview.names.push((secret.secret_key, name));
    }
    preview.conflicts = folders_of.into_iter().filter(|(_, folders)| folders.len() > 1).collect();
    Ok(preview)
}
