//! A secret as readers get it.

use std::sync::Arc;

use secrecy::SecretString;
use uuid::Uuid;

use crate::paths::SecretPath;

/// What stands in place of a value that the caller may not see (core API contract 10.1).
pub const HIDDEN_VALUE: &str = "<hidden-by-infisical>";

/// Whose secret it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One for everybody.
    #[default]
    Shared,
    /// The caller's own override.
    Personal,
}

impl Kind {
    /// The API's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Personal => "personal",
        }
    }
}

/// A folder of an environment of a project, as callers name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The project.
    pub project_id: Uuid,
    /// Environment slug.
    pub environment: String,
    /// Folder path.
    pub path: SecretPath,
}

/// A tag on a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The tag's id.
    pub id: Uuid,
    /// Its slug, which is also its name.
    pub slug: String,
    /// Its colour.
    pub color: Option<String>,
}

/// A metadata entry.
#[derive(Clone)]
pub struct Metadata {
    /// The entry's key.
    pub key: String,
    /// Its value.
    pub value: SecretString,
    /// Whether the value is treated as secret: not filtered by, masked in the audit log.
    pub is_encrypted: bool,
}

/// A secret with its value opened, or hidden.
pub struct Secret {
    /// The secret's id.
    pub id: Uuid,
    /// Its project.
    pub project_id: Uuid,
    /// Its folder.
    pub folder_id: Uuid,
    /// Environment slug.
    pub environment: Arc<str>,
    /// Folder path.
    pub path: Arc<str>,
    /// Shared or personal.
    pub kind: Kind,
    /// Its key.
    pub key: String,
    /// 1, and one more with each change.
    pub version: i32,
    /// The value; `None` when it is hidden from the caller.
    pub value: Option<SecretString>,
    /// The comment; `None` for none.
    pub comment: Option<SecretString>,
    /// Note of the reminder.
    pub reminder_note: Option<SecretString>,
    /// Days between reminders.
    pub reminder_repeat_days: Option<i32>,
    /// Whether newlines of an expanded value are escaped.
    pub skip_multiline_encoding: Option<bool>,
    /// Kind of the actor of the last change: `user`, `identity`, `platform`.
    pub actor_type: String,
    /// That actor's id.
    pub actor_id: Option<Uuid>,
    /// A name to show for that actor.
    pub actor_name: Option<String>,
    /// Tags, by slug.
    pub tags: Vec<Tag>,
    /// Metadata, in the order given.
    pub metadata: Vec<Metadata>,
    /// When it was created.
    pub created_at_ms: i64,
    /// When it last changed.
    pub updated_at_ms: i64,
    /// Whether the stored value holds references.
    pub(crate) has_references: bool,
}
