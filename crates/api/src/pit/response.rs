//! What answers tell of commits.

use keyferry_domain::secrets::commits::{Commit, CommitChange, Difference, Effect, Resource};
use serde_json::{Value, json};

use crate::wire::timestamp;

/// A commit.
pub(super) fn commit(commit: &Commit) -> Value {
    json!({
        "id": commit.id,
        "commitId": commit.sequence.to_string(),
        "folderId": commit.folder_id,
        "envId": commit.environment_id,
        "environment": commit.environment,
        "path": commit.path.as_str(),
        "actorType": commit.actor_type,
        "actorMetadata": { "id": commit.actor_id, "name": commit.actor_name },
        "message": commit.message,
        "added": commit.added,
        "updated": commit.updated,
        "removed": commit.removed,
        "isReverted": commit.is_reverted,
        "createdAt": timestamp(commit.created_at_ms),
        "updatedAt": timestamp(commit.created_at_ms),
    })
}

/// A change of a commit. An update is an `add` that says so (core API contract, section 12).
pub(super) fn change(change: &CommitChange) -> Value {
    let is_secret = change.resource == Resource::Secret;
    let mut value = json!({
        "type": if change.effect == Effect::Removed { "delete" } else { "add" },
        "isUpdate": change.effect == Effect::Updated,
        "resourceType": change.resource.as_str(),
        "objectType": change.resource.as_str(),
        "version": change.version,
        "versionBefore": change.version_before,
        "nameBefore": change.name_before,
    });
    if let Some(object) = value.as_object_mut() {
        let (id, name) = if is_secret { ("secretId", "secretKey") } else { ("folderId", "folderName") };
        object.insert(id.to_owned(), json!(change.id));
        object.insert(name.to_owned(), json!(change.name));
    }
    value
}

/// A folder with what going back does to it.
pub(super) fn difference(difference: &Difference) -> Value {
    json!({
        "folderId": difference.folder_id,
        "folderName": difference.path.segments().last().unwrap_or("root"),
        "folderPath": difference.path.as_str(),
        "changes": difference.changes.iter().map(change).collect::<Vec<_>>(),
        "hiddenChangesCount": difference.hidden,
    })
}

pub(super) fn commit_example() -> Value {
    json!({
        "id": "019a0f6c-4ed0-7bd6-a0b6-70d36c2d2d10",
        "commitId": "12",
        "folderId": "b8a7a0ab-8e2d-4d4e-9d4b-2f2f4f4d1c11",
        "envId": "c1d2a4ab-8e2d-4d4e-9d4b-2f2f4f4d1c22",
        "environment": "prod",
        "path": "/",
        "actorType": "user",
        "actorMetadata": { "id|null": "d5e6a4ab-8e2d-4d4e-9d4b-2f2f4f4d1c33", "name|null": "ada@example.com" },
        "message": "Changed 1 secret",
        "added": 0,
        "updated": 1,
        "removed": 0,
        "isReverted": false,
        "createdAt": "2026-11-24T08:00:00.000Z",
        "updatedAt": "2026-11-24T08:00:00.000Z",
    })
}

pub(super) fn change_example() -> Value {
    json!({
        "type": "add",
        "isUpdate": true,
        "resourceType": "secret",
        "objectType": "secret",
        "version|null": 3,
        "versionBefore|null": 2,
        "nameBefore|null": "API_TOKEN",
        "secretId?": "e5e6a4ab-8e2d-4d4e-9d4b-2f2f4f4d1c44",
        "secretKey?": "API_KEY",
        "folderId?": "d5e6a4ab-8e2d-4d4e-9d4b-2f2f4f4d1c55",
        "folderName?": "backend",
    })
}
