//! Secrets on their way out (core API contract, section 10.1): the full set of fields everywhere, written straight into bytes.

mod moment;

use keyferry_domain::environments::Environment;
use keyferry_domain::secrets::{HIDDEN_VALUE, ImportedFolder, Listing, Metadata, Secret, SecretVersion, Tag};
use keyferry_domain::{Error, Result};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use uuid::Uuid;

use self::moment::Moment;
use crate::endpoint::JsonBytes;

/// Bytes of a secret in an answer beside its value, roughly; for reserving the buffer.
const ROUGH_SECRET_BYTES: usize = 640;

/// `{secret}`.
///
/// # Errors
/// 500 when it cannot be written, which does not happen.
pub fn one(secret: &Secret) -> Result<JsonBytes> {
    #[derive(Serialize)]
    struct Body<'a> {
        secret: SecretBody<'a>,
    }
    bytes(&Body { secret: SecretBody::from(secret) }, 1)
}

/// `{secrets}`.
///
/// # Errors
/// As [`one`].
pub fn many(secrets: &[Secret]) -> Result<JsonBytes> {
    #[derive(Serialize)]
    struct Body<'a> {
        secrets: Secrets<'a>,
    }
    bytes(&Body { secrets: Secrets(secrets) }, secrets.len())
}

/// `{secrets, imports}`.
///
/// # Errors
/// As [`one`].
pub fn listing(listing: &Listing) -> Result<JsonBytes> {
    #[derive(Serialize)]
    struct Body<'a> {
        secrets: Secrets<'a>,
        imports: Vec<Import<'a>>,
    }
    let count = listing.secrets.len() + listing.imports.iter().map(|import| import.secrets.len()).sum::<usize>();
    bytes(&Body { secrets: Secrets(&listing.secrets), imports: listing.imports.iter().map(Import::from).collect() }, count)
}

/// `{secrets}` of a folder's imports, one entry an imported folder.
///
/// # Errors
/// As [`one`].
pub fn imported(folders: &[ImportedFolder], environments: &[Environment]) -> Result<JsonBytes> {
    #[derive(Serialize)]
    struct Body<'a> {
        secrets: Vec<Entry<'a>>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Entry<'a> {
        #[serde(flatten)]
        import: Import<'a>,
        environment_info: Option<Info<'a>>,
    }
    #[derive(Serialize)]
    struct Info<'a> {
        id: Uuid,
        name: &'a str,
        slug: &'a str,
    }
    let info = |slug: &str| environments.iter().find(|e| e.slug == slug).map(|e| Info { id: e.id, name: &e.name, slug: &e.slug });
    let entries = folders
        .iter()
        .map(|folder| Entry { import: Import::from(folder), environment_info: info(&folder.environment) })
        .collect();
    bytes(&Body { secrets: entries }, folders.iter().map(|folder| folder.secrets.len()).sum())
}

/// `{secretVersions}`: each the secret as it was, with the version's own id.
///
/// # Errors
/// As [`one`].
pub fn versions(versions: &[SecretVersion], total: u64) -> Result<JsonBytes> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        secret_versions: Vec<VersionBody<'a>>,
        total_count: u64,
    }
    let list = versions.iter().map(VersionBody::from).collect();
    bytes(&Body { secret_versions: list, total_count: total }, versions.len())
}

fn bytes(body: &impl Serialize, count: usize) -> Result<JsonBytes> {
    let mut out = Vec::with_capacity(64 + count * ROUGH_SECRET_BYTES);
    serde_json::to_writer(&mut out, body).map_err(|_| Error::internal("an answer cannot be written as JSON"))?;
    Ok(JsonBytes(out.into()))
}

/// An example of a secret.
#[must_use]
pub fn example() -> Value {
    json!({
        "id": "9c2f6b7e-4c1d-4d55-8a1c-7a51e0c1d2f3",
        "_id": "9c2f6b7e-4c1d-4d55-8a1c-7a51e0c1d2f3",
        "workspace": "1b7d1a36-8df0-4b0a-9f0e-0d2f9d1c7a11",
        "environment": "dev",
        "secretPath": "/",
        "version": 1,
        "type": "shared",
        "secretKey": "API_URL",
        "secretValue": "https://api.example.com",
        "secretValueHidden": false,
        "secretComment": "",
        "secretReminderNote?|null": "rotate",
        "secretReminderRepeatDays?|null": 30,
        "skipMultilineEncoding?|null": false,
        "actor?": {"actorId?|null": "5d0a2c5e-0c55-4a3b-8a3e-9c0f2f8b1e77", "actorType": "user", "name?|null": "dev@example.com"},
        "isRotatedSecret": false,
        "rotationId?|null": "8f1d2a9e-3b51-4a7c-9d55-2f3d8b9c0a12",
        "tags": [{"id": "3a5b7c9d-1e2f-4a3b-8c4d-5e6f7a8b9c0d", "slug": "public", "color?|null": "#00aa55", "name": "public"}],
        "secretMetadata": [{"key": "owner", "value": "team-a", "isEncrypted": false}],
        "createdAt": "2026-01-31T10:20:30.123Z",
        "updatedAt": "2026-01-31T10:20:30.123Z"
    })
}

/// An example of an earlier state of a secret.
#[must_use]
pub fn example_version() -> Value {
    let mut example = example();
    if let Some(fields) = example.as_object_mut() {
        for name in ["secretReminderNote?|null", "secretReminderRepeatDays?|null", "rotationId?|null", "tags", "secretMetadata"] {
            fields.remove(name);
        }
        fields.insert("secretId".to_owned(), json!("9c2f6b7e-4c1d-4d55-8a1c-7a51e0c1d2f3"));
        fields.insert("folderId".to_owned(), json!("a4b7e2ce-0a2c-4a7e-8d8f-3d6f6a3d2b10"));
    }
    example
}

struct Secrets<'a>(&'a [Secret]);

impl Serialize for Secrets<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(SecretBody::from))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Import<'a> {
    secret_path: &'a str,
    environment: &'a str,
    folder_id: Uuid,
    secrets: Secrets<'a>,
}

impl<'a> From<&'a ImportedFolder> for Import<'a> {
    fn from(folder: &'a ImportedFolder) -> Self {
        Self {
            secret_path: &folder.path,
            environment: &folder.environment,
            folder_id: folder.folder_id,
            secrets: Secrets(&folder.secrets),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SecretBody<'a> {
    id: Uuid,
    #[serde(rename = "_id")]
    legacy_id: Uuid,
    workspace: Uuid,
    environment: &'a str,
    secret_path: &'a str,
    version: i32,
    r#type: &'static str,
    secret_key: &'a str,
    secret_value: &'a str,
    secret_value_hidden: bool,
    secret_comment: &'a str,
    secret_reminder_note: Option<&'a str>,
    secret_reminder_repeat_days: Option<i32>,
    skip_multiline_encoding: Option<bool>,
    actor: Actor<'a>,
    is_rotated_secret: bool,
    rotation_id: Option<Uuid>,
    tags: Tags<'a>,
    secret_metadata: Entries<'a>,
    created_at: Moment,
    updated_at: Moment,
}

impl<'a> From<&'a Secret> for SecretBody<'a> {
    fn from(secret: &'a Secret) -> Self {
        Self {
            id: secret.id,
            legacy_id: secret.id,
            workspace: secret.project_id,
            environment: &secret.environment,
            secret_path: &secret.path,
            version: secret.version,
            r#type: secret.kind.as_str(),
            secret_key: &secret.key,
            secret_value: shown(secret.value.as_ref()),
            secret_value_hidden: secret.value.is_none(),
            secret_comment: exposed(secret.comment.as_ref()).unwrap_or_default(),
            secret_reminder_note: exposed(secret.reminder_note.as_ref()),
            secret_reminder_repeat_days: secret.reminder_repeat_days,
            skip_multiline_encoding: secret.skip_multiline_encoding,
            actor: Actor { actor_id: secret.actor_id, actor_type: &secret.actor_type, name: secret.actor_name.as_deref() },
            is_rotated_secret: false,
            rotation_id: None,
            tags: Tags(&secret.tags),
            secret_metadata: Entries { list: &secret.metadata, is_hidden: secret.value.is_none() },
            created_at: Moment(secret.created_at_ms),
            updated_at: Moment(secret.updated_at_ms),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VersionBody<'a> {
    id: Uuid,
    #[serde(rename = "_id")]
    legacy_id: Uuid,
    secret_id: Uuid,
    workspace: Uuid,
    environment: &'a str,
    secret_path: &'a str,
    folder_id: Uuid,
    version: i32,
    r#type: &'static str,
    secret_key: &'a str,
    secret_value: &'a str,
    secret_value_hidden: bool,
    secret_comment: &'a str,
    skip_multiline_encoding: Option<bool>,
    actor: Actor<'a>,
    is_rotated_secret: bool,
    created_at: Moment,
    updated_at: Moment,
}

impl<'a> From<&'a SecretVersion> for VersionBody<'a> {
    fn from(version: &'a SecretVersion) -> Self {
        Self {
            id: version.id,
            legacy_id: version.id,
            secret_id: version.secret_id,
            workspace: version.project_id,
            environment: &version.environment,
            secret_path: &version.path,
            folder_id: version.folder_id,
            version: version.version,
            r#type: version.kind.as_str(),
            secret_key: &version.key,
            secret_value: shown(version.value.as_ref()),
            secret_value_hidden: version.value.is_none(),
            secret_comment: exposed(version.comment.as_ref()).unwrap_or_default(),
            skip_multiline_encoding: version.skip_multiline_encoding,
            actor: Actor { actor_id: version.actor_id, actor_type: &version.actor_type, name: version.actor_name.as_deref() },
            is_rotated_secret: false,
            created_at: Moment(version.created_at_ms),
            updated_at: Moment(version.created_at_ms),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Actor<'a> {
    actor_id: Option<Uuid>,
    actor_type: &'a str,
    name: Option<&'a str>,
}

struct Tags<'a>(&'a [Tag]);

impl Serialize for Tags<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            id: Uuid,
            slug: &'a str,
            color: Option<&'a str>,
            name: &'a str,
        }
        serializer.collect_seq(self.0.iter().map(|tag| Body {
            id: tag.id,
            slug: &tag.slug,
            color: tag.color.as_deref(),
            name: &tag.slug,
        }))
    }
}

struct Entries<'a> {
    list: &'a [Metadata],
    is_hidden: bool,
}

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            key: &'a str,
            value: &'a str,
            is_encrypted: bool,
        }
        serializer.collect_seq(self.list.iter().map(|entry| Body {
            key: &entry.key,
            value: if entry.is_encrypted && self.is_hidden { HIDDEN_VALUE } else { entry.value.expose_secret() },
            is_encrypted: entry.is_encrypted,
        }))
    }
}

fn shown(value: Option<&SecretString>) -> &str {
    value.map_or(HIDDEN_VALUE, |value| value.expose_secret())
}

fn exposed(text: Option<&SecretString>) -> Option<&str> {
    text.map(|text| text.expose_secret())
}
