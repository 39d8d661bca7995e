//! The source of a sync in the plan's words.

use std::collections::{HashMap, HashSet};

use keyferry_connectors::plan::{BlockReason, SourceKey, SourceState};
use keyferry_db::Conn;
use secrecy::ExposeSecret as _;

use super::subject::{FOLDER_GONE, Subject};
use crate::app::App;
use crate::error::{Error, Result};
use crate::folders::Place;
use crate::keys::ScopeKeys;
use crate::secret_syncs::grants;
use crate::secrets::source::{self, SourceSecret, SourceValue};

/// What is read.
pub(super) struct Loaded {
    pub(super) keys: Vec<SourceKey>,
    /// Folders a destination key comes from.
    pub(super) folders: HashMap<String, Vec<String>>,
}

/// Reads the source. What lies outside the sync's grant is blocked.
///
/// # Errors
/// [`Error::BadRequest`] when the folder is gone.
pub(super) async fn load(app: &App, conn: &impl Conn, subject: &Subject, own: &Place, keys: &ScopeKeys) -> Result<Loaded> {
    let options = grants::source_options(&subject.options, subject.includes_sub_folders);
    let source = source::load(app, conn, subject.project_id, own.folder.id, options).await.map_err(|error| match error {
        Error::NotFound { .. } => Error::bad_request(FOLDER_GONE),
        other => other,
    })?;
    let granted = grants::Granted {
        org_id: subject.org_id,
        own,
        includes_sub_folders: subject.includes_sub_folders,
        stored: subject.grants.as_deref(),
    };
    let outside = grants::outside(app, conn, granted, &source).await?;

    let mut loaded = Loaded { keys: Vec::with_capacity(source.secrets.len()), folders: HashMap::new() };
    for secret in without_repeats(source.secrets) {
        let is_outside = |place: &(String, String)| outside.contains(place);
        let blocked = secret.reached.iter().any(is_outside) || is_outside(&(secret.environment.clone(), secret.path.clone()));
        let destination_key = subject.options.key_schema.apply(&secret.secret_key, &own.environment.slug);
        loaded.folders.entry(destination_key.clone()).or_default().push(secret.path.clone());
        loaded.keys.push(SourceKey {
            secret_key: secret.secret_key,
            destination_key,
            secret_id: Some(secret.secret_id),
            secret_version: Some(secret.version),
            state: if blocked { SourceState::Blocked(BlockReason::OutsideGrant) } else { state(secret.value, keys) },
        });
    }
    Ok(loaded)
}

/// One imported folder may be reached from several of the folders beneath: the same secret twice is no conflict.
fn without_repeats(mut secrets: Vec<SourceSecret>) -> Vec<SourceSecret> {
    let mut seen = HashSet::new();
    secrets.retain(|secret| seen.insert(secret.secret_id));
    secrets
}

fn state(value: SourceValue, keys: &ScopeKeys) -> SourceState {
    match value {
        // Checkly stores nothing that is only blanks (contract "connections and syncs", section 5.1).
        SourceValue::Value(value) if value.expose_secret().trim().is_empty() => SourceState::Empty,
        SourceValue::Value(value) => {
            let fingerprint = keys.fingerprint(&value);
            SourceState::Value { value, fingerprint }
        }
        SourceValue::Empty => SourceState::Empty,
        SourceValue::Unreadable => SourceState::Blocked(BlockReason::Unreadable),
        SourceValue::UnresolvedReference => SourceState::Blocked(BlockReason::UnresolvedReference),
    }
}
