//! Rows of secrets as the dashboard shows them.

use keyferry_domain::secrets::browse::{Cell, KeyRow, SecretBrief};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use crate::text::{iso, relative};

/// A value in a list.
pub(super) enum Value {
    /// There, and not shown yet.
    Masked,
    /// Nothing.
    Empty,
    /// Not for this visitor.
    Hidden,
    /// Shown because it was asked for.
    Shown(SecretString),
}

/// When something last changed, short.
pub(super) struct Changed {
    pub(super) iso: String,
    pub(super) relative: String,
    pub(super) by: String,
    pub(super) version: i32,
}

/// Who did it, in a word.
pub(super) fn actor(kind: &str, name: Option<&str>) -> String {
    match (kind, name) {
        (_, Some(name)) if !name.is_empty() => name.to_owned(),
        ("platform", _) => "Keyferry".to_owned(),
        ("identity", _) => "a machine identity".to_owned(),
        _ => "somebody".to_owned(),
    }
}

/// A secret of the folder, or an imported one.
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) key: String,
    pub(super) address: String,
    pub(super) edit: String,
    pub(super) delete: String,
    pub(super) tags: Vec<String>,
    pub(super) comment: String,
    pub(super) value: Value,
    pub(super) changed: Changed,
    pub(super) may_edit: bool,
    pub(super) may_delete: bool,
    pub(super) is_overridden: bool,
    /// Where it is imported from: a label and an address.
    pub(super) from: Option<(String, String)>,
}

impl Row {
    pub(super) fn new(key: String, address: String, secret: &SecretBrief, now_ms: i64) -> Self {
        Self {
            id: secret.id,
            key,
            edit: format!("{address}/edit"),
            delete: format!("{address}/delete"),
            address,
            tags: secret.tags.iter().map(|tag| tag.slug.clone()).collect(),
            comment: secret.comment.as_ref().map(|comment| comment.expose_secret().to_owned()).unwrap_or_default(),
            value: match (secret.may_read, secret.is_empty) {
                (_, true) => Value::Empty,
                (false, _) => Value::Hidden,
                (true, false) => Value::Masked,
            },
            changed: Changed {
                iso: iso(secret.updated_at_ms),
                relative: relative(secret.updated_at_ms, now_ms),
                by: actor(&secret.actor_type, secret.actor_name.as_deref()),
                version: secret.version,
            },
            may_edit: secret.may_edit,
            may_delete: secret.may_delete,
            is_overridden: secret.is_overridden,
            from: None,
        }
    }

    /// The row of a name in its first column.
    pub(super) fn of(
        row: KeyRow,
        address: impl Fn(Uuid) -> String,
        from: impl Fn(&str, &str) -> (String, String),
        now_ms: i64,
    ) -> Option<Self> {
        match row.cells.into_iter().next()? {
            Cell::Set(secret) => Some(Self::new(row.key, address(secret.id), &secret, now_ms)),
            Cell::Imported { environment, path, secret } => {
                let mut own = Self::new(row.key, String::new(), &secret, now_ms);
                own.from = Some(from(&environment, &path));
                (own.may_edit, own.may_delete) = (false, false);
                Some(own)
            }
            Cell::Missing | Cell::Closed => None,
        }
    }
}
