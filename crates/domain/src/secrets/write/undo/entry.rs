//! What is kept of one secret of a change.

use keyferry_db::entities::{secret_metadata, secret_versions, secrets};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Effect;
use crate::error::{Error, Result};

/// One secret of a change.
#[derive(Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "lowercase")]
pub(super) enum Entry {
    /// Created, and at this version since.
    Created { id: Uuid, key: String, version: i32 },
    /// Changed from one version to another.
    Changed { id: Uuid, key: String, before: i32, after: i32 },
    /// Deleted, with everything it was.
    Deleted(Box<Gone>),
}

/// A deleted secret. Its envelopes stay bound to its id and version, so it comes back under both.
#[derive(Serialize, Deserialize)]
pub(super) struct Gone {
    pub(super) secret: secrets::Model,
    pub(super) versions: Vec<secret_versions::Model>,
    pub(super) metadata: Vec<secret_metadata::Model>,
    pub(super) tag_ids: Vec<Uuid>,
}

impl Entry {
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Created { key, .. } | Self::Changed { key, .. } => key,
            Self::Deleted(gone) => &gone.secret.key,
        }
    }

    pub(super) fn effect(&self) -> Effect {
        match self {
            Self::Created { .. } => Effect::Created,
            Self::Changed { .. } => Effect::Changed,
            Self::Deleted(_) => Effect::Deleted,
        }
    }
}

pub(super) fn read(text: &str) -> Result<Vec<Entry>> {
    serde_json::from_str(text).map_err(|error| Error::internal(format!("a stored change does not read: {error}")))
}

pub(super) fn write(entries: &[Entry]) -> Result<String> {
    serde_json::to_string(entries).map_err(Error::internal)
}
