//! What a commit keeps of what it removes.

use std::collections::HashMap;

use keyferry_db::Conn;
use keyferry_db::entities::{secret_metadata, secret_versions, secrets};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Error, Result};

/// A removed secret with everything it was. Its envelopes stay bound to its id and version.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::secrets) struct SecretImage {
    pub(in crate::secrets) secret: secrets::Model,
    pub(in crate::secrets) versions: Vec<secret_versions::Model>,
    pub(in crate::secrets) metadata: Vec<secret_metadata::Model>,
    pub(in crate::secrets) tag_ids: Vec<Uuid>,
}

/// A removed folder.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct FolderImage {
    pub(super) description: Option<String>,
}

/// The images of these secrets as they are now, by id.
pub(super) async fn take(conn: &impl Conn, rows: &[secrets::Model]) -> Result<HashMap<Uuid, SecretImage>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut images: HashMap<Uuid, SecretImage> = rows
        .iter()
        .map(|row| {
            let image = SecretImage { secret: row.clone(), versions: Vec::new(), metadata: Vec::new(), tag_ids: Vec::new() };
            (row.id, image)
        })
        .collect();
    for version in keyferry_db::secrets::versions::of_secrets(conn, &ids).await? {
        if let Some(image) = images.get_mut(&version.secret_id) {
            image.versions.push(version);
        }
    }
    for entry in keyferry_db::secrets::metadata::of_secrets(conn, &ids).await? {
        if let Some(image) = images.get_mut(&entry.secret_id) {
            image.metadata.push(entry);
        }
    }
    for tag in keyferry_db::secrets::tags::of_secrets(conn, &ids).await? {
        if let Some(image) = images.get_mut(&tag.secret_id) {
            image.tag_ids.push(tag.tag_id);
        }
    }
    Ok(images)
}

pub(super) fn to_json(image: &impl Serialize) -> Result<String> {
    serde_json::to_string(image).map_err(Error::internal)
}

/// Reads what [`to_json`] wrote.
pub(super) fn of_json<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::internal(format!("the image in a commit does not read: {error}")))
}
