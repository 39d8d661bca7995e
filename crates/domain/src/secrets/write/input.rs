//! What writers give.

use secrecy::SecretString;
use uuid::Uuid;

use crate::paths::SecretPath;
use crate::secrets::model::Kind;

/// A metadata entry to store.
#[derive(Clone)]
pub struct MetadataInput {
    /// The entry's key.
    pub key: String,
    /// Its value.
    pub value: SecretString,
    /// Whether the value is treated as secret.
    pub is_encrypted: bool,
}

/// A secret to create. Bytes are kept as given; trimming belongs to the API.
#[derive(Clone, Default)]
pub struct NewSecret {
    /// Its key.
    pub key: String,
    /// A folder other than the operation's own.
    pub path: Option<SecretPath>,
    /// Shared, or the caller's own override.
    pub kind: Kind,
    /// Its value.
    pub value: SecretString,
    /// Its comment.
    pub comment: Option<SecretString>,
    /// Whether newlines of an expanded value are escaped.
    pub skip_multiline_encoding: Option<bool>,
    /// Its tags.
    pub tag_ids: Vec<Uuid>,
    /// Its metadata.
    pub metadata: Vec<MetadataInput>,
    /// Note of a reminder.
    pub reminder_note: Option<SecretString>,
    /// Days between reminders.
    pub reminder_repeat_days: Option<i32>,
}

/// What becomes of a secret's tags.
#[derive(Clone, Debug)]
pub enum TagChange {
    /// These, and no others.
    Set(Vec<Uuid>),
    /// These beside those it has, by slug.
    Add(Vec<String>),
    /// Those it has without these, by slug.
    Remove(Vec<String>),
}

/// A change of a secret; what is `None` stays.
#[derive(Clone, Default)]
pub struct Change {
    /// The key it has now.
    pub key: String,
    /// The version the change was made from; a secret that has another by now is refused with [`crate::Error::Conflict`].
    pub expected_version: Option<i32>,
    /// A folder other than the operation's own.
    pub path: Option<SecretPath>,
    /// Shared, or the caller's own override.
    pub kind: Kind,
    /// A new key; references to the old one in the project are rewritten.
    pub new_key: Option<String>,
    /// A new value.
    pub value: Option<SecretString>,
    /// A new comment.
    pub comment: Option<SecretString>,
    /// Whether newlines of an expanded value are escaped.
    pub skip_multiline_encoding: Option<bool>,
    /// Its tags.
    pub tags: Option<TagChange>,
    /// Its metadata, all of it.
    pub metadata: Option<Vec<MetadataInput>>,
    /// Note of a reminder; `Some(None)` takes it away.
    pub reminder_note: Option<Option<SecretString>>,
    /// Days between reminders; `Some(None)` takes the reminder away.
    pub reminder_repeat_days: Option<Option<i32>>,
}

/// A secret to delete.
#[derive(Clone, Debug, Default)]
pub struct Deletion {
    /// Its key.
    pub key: String,
    /// A folder other than the operation's own.
    pub path: Option<SecretPath>,
    /// Shared, or the caller's own override.
    pub kind: Kind,
}
