//! Folders on the wire. Clients of several generations read different parts; each answer holds them all.

use keyferry_domain::folders::{Folder, Listed, Place};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::wire::timestamp;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FolderResponse<'a> {
    id: Uuid,
    name: &'a str,
    version: i32,
    created_at: String,
    updated_at: String,
    env_id: Uuid,
    parent_id: Option<Uuid>,
    is_reserved: bool,
    description: Option<&'a str>,
    last_secret_modified: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relative_path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<EnvironmentResponse<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EnvironmentResponse<'a> {
    env_id: Uuid,
    env_name: &'a str,
    env_slug: &'a str,
}

/// A folder by itself.
pub(super) fn folder(row: &Folder) -> FolderResponse<'_> {
    FolderResponse {
        id: row.id,
        name: &row.name,
        version: row.version,
        created_at: timestamp(row.created_at_ms),
        updated_at: timestamp(row.updated_at_ms),
        env_id: row.environment_id,
        parent_id: row.parent_id,
        is_reserved: row.is_reserved,
        description: row.description.as_deref(),
        last_secret_modified: row.last_secret_modified_at_ms.map(timestamp),
        path: None,
        relative_path: None,
        project_id: None,
        environment: None,
    }
}

/// A folder that was created or changed, with its path.
pub(super) fn placed(place: &Place) -> FolderResponse<'_> {
    FolderResponse { path: Some(place.path.as_str()), ..folder(&place.folder) }
}

/// A folder in a list; of a recursive one with its path below the listed folder.
pub(super) fn listed(listed: &Listed, recursive: bool) -> FolderResponse<'_> {
    FolderResponse { relative_path: recursive.then_some(listed.relative_path.as_str()), ..folder(&listed.folder) }
}

/// A folder with everything about where it lies.
pub(super) fn detailed(place: &Place) -> FolderResponse<'_> {
    let environment = &place.environment;
    FolderResponse {
        project_id: Some(place.folder.project_id),
        environment: Some(EnvironmentResponse {
            env_id: environment.id,
            env_name: &environment.name,
            env_slug: &environment.slug,
        }),
        ..placed(place)
    }
}

/// For the description.
pub(super) fn example() -> Value {
    json!({
        "id": "a4b7e2ce-0a2c-4a7e-8d8f-3d6f6a3d2b10",
        "name": "payment",
        "version": 1,
        "createdAt": "2026-01-31T10:20:30.123Z",
        "updatedAt": "2026-01-31T10:20:30.123Z",
        "envId": "0d3c0f0a-6c58-4a5e-9a0c-1f1f0b6f7f11",
        "parentId|null": "1c6b1d0e-5f4a-4d0c-9b34-7f0e3f2d1a99",
        "isReserved": false,
        "description": null,
        "lastSecretModified": null
    })
}

/// For the description: with further fields.
pub(super) fn example_with(fields: &[(&str, Value)]) -> Value {
    let mut example = example();
    if let Value::Object(map) = &mut example {
        map.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    }
    example
}
