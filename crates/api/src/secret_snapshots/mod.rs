//! Snapshots, the older name of commits (core API contract, section 12): the id of a snapshot is that of a commit.

use keyferry_domain::paths::SecretPath;
use keyferry_domain::secrets::Location;
use keyferry_domain::secrets::commits::{self, ListCommits, Rollback};
use keyferry_domain::{Error, Result};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::endpoint::{Call, Endpoint, Input, Json, get, post};
use crate::pit::TAG;
use crate::projects::params::{InProject, folder_path};
use crate::wire::{Codec as _, Decode, Fields, int_text, text, timestamp};

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    for (path, id) in [
        ("/api/v1/projects/{projectId}/secret-snapshots", "listProjectSecretSnapshots"),
        ("/api/v1/workspace/{projectId}/secret-snapshots", "listSecretSnapshots"),
    ] {
        registry.add(list_endpoint(path, id));
    }
    registry.add(read_endpoint());
    registry.add(rollback_endpoint());
}

struct Query {
    environment: String,
    path: SecretPath,
    offset: u64,
    limit: u64,
}

impl Decode for Query {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let environment = f.required("environment", text().trim());
        let path = f.default("path", folder_path().blank_is_absent(), SecretPath::root());
        let offset = f.default("offset", int_text().min(0), 0);
        let limit = f.default("limit", int_text().min(1).max(100), 20);
        let (offset, limit) = (u64::try_from(offset?).ok()?, u64::try_from(limit?).ok()?);
        Some(Self { environment: environment?, path: path?, offset, limit })
    }
}

fn list_endpoint(path: &'static str, id: &'static str) -> Endpoint {
    get(path, list).id(id).tag(TAG).summary("The commits of a folder under their older name").permission("commits:read").answers(
        || {
            json!({ "secretSnapshots": [{
                "id": "019a0f6c-4ed0-7bd6-a0b6-70d36c2d2d10",
                "envId": "c1d2a4ab-8e2d-4d4e-9d4b-2f2f4f4d1c22",
                "folderId": "b8a7a0ab-8e2d-4d4e-9d4b-2f2f4f4d1c11",
                "parentFolderId|null": "d5e6a4ab-8e2d-4d4e-9d4b-2f2f4f4d1c55",
                "createdAt": "2026-11-24T08:00:00.000Z",
                "updatedAt": "2026-11-24T08:00:00.000Z",
            }] })
        },
    )
}

async fn list(call: Call, input: Input<InProject, Query>) -> Result<Json<Value>> {
    let Query { environment, path, offset, limit } = input.query;
    let at = Location { project_id: input.params.id()?, environment, path };
    let page = commits::list(&call.app, &call.caller, &at, ListCommits { offset, limit, ..ListCommits::default() }).await?;
    let list: Vec<Value> = page
        .commits
        .iter()
        .map(|commit| {
            json!({
                "id": commit.id,
                "envId": commit.environment_id,
                "folderId": commit.folder_id,
                "parentFolderId": commit.parent_folder_id,
                "createdAt": timestamp(commit.created_at_ms),
                "updatedAt": timestamp(commit.created_at_ms),
            })
        })
        .collect();
    Ok(Json(json!({ "secretSnapshots": list })))
}

fn read_endpoint() -> Endpoint {
    get("/api/v1/secret-snapshot/{snapshotId}", read)
        .id("getSecretSnapshot")
        .tag(TAG)
        .summary("What a folder held after a commit, under its older name")
        .permission("commits:read")
        .answers(|| {
            json!({ "secretSnapshot": {
                "id": "019a0f6c-4ed0-7bd6-a0b6-70d36c2d2d10",
                "projectId": "a1d2a4ab-8e2d-4d4e-9d4b-2f2f4f4d1c00",
                "folderId": "b8a7a0ab-8e2d-4d4e-9d4b-2f2f4f4d1c11",
                "environment": { "id": "c1d2a4ab-8e2d-4d4e-9d4b-2f2f4f4d1c22", "slug": "prod" },
                "secretVersions": [{
                    "secretId": "e5e6a4ab-8e2d-4d4e-9d4b-2f2f4f4d1c44", "version": 3, "secretKey": "API_KEY",
                    "secretValueHidden": true,
                }],
                "folderVersion": [{ "id": "d5e6a4ab-8e2d-4d4e-9d4b-2f2f4f4d1c55", "name": "backend" }],
                "createdAt": "2026-11-24T08:00:00.000Z",
                "updatedAt": "2026-11-24T08:00:00.000Z",
            } })
        })
}

async fn read(call: Call, input: Input<SnapshotId>) -> Result<Json<Value>> {
    let id = input.params.0.ok_or_else(|| Error::not_found("Snapshot not found"))?;
    let project_id = commits::project_of(&call.app, id).await?;
    let held = commits::holdings(&call.app, &call.caller, project_id, id).await?;
    let secrets: Vec<Value> = held
        .secrets
        .iter()
        .map(|secret| {
            json!({ "secretId": secret.id, "version": secret.version, "secretKey": secret.key, "secretValueHidden": true })
        })
        .collect();
    let folders: Vec<Value> = held.folders.iter().map(|(id, name)| json!({ "id": id, "name": name })).collect();
    Ok(Json(json!({ "secretSnapshot": {
        "id": id,
        "projectId": held.commit.project_id,
        "folderId": held.commit.folder_id,
        "environment": { "id": held.commit.environment_id, "slug": held.commit.environment },
        "secretVersions": secrets,
        "folderVersion": folders,
        "createdAt": timestamp(held.commit.created_at_ms),
        "updatedAt": timestamp(held.commit.created_at_ms),
    } })))
}

fn rollback_endpoint() -> Endpoint {
    post("/api/v1/secret-snapshot/{snapshotId}/rollback", rollback)
        .id("rollbackToSecretSnapshot")
        .tag(TAG)
        .summary("Make a folder what it was after a commit, under its older name")
        .permission("commits:perform-rollback")
        .answers(|| {
            json!({ "secretSnapshot": {
                "id": "019a0f6c-4ed0-7bd6-a0b6-70d36c2d2d10", "secretChangesCount": 3, "folderChangesCount": 1,
            } })
        })
}

async fn rollback(call: Call, input: Input<SnapshotId>) -> Result<Json<Value>> {
    let commit_id = input.params.0.ok_or_else(|| Error::not_found("Snapshot not found"))?;
    let project_id = commits::project_of(&call.app, commit_id).await?;
    let wanted = Rollback { commit_id, ..Rollback::default() };
    let done = commits::rollback(&call.app, &call.caller, project_id, &wanted).await?;
    Ok(Json(json!({ "secretSnapshot": {
        "id": done.commit_id.unwrap_or(commit_id),
        "secretChangesCount": done.secrets,
        "folderChangesCount": done.folders,
    } })))
}

/// The snapshot of the path; none for whatever is no UUID.
struct SnapshotId(Option<Uuid>);

impl Decode for SnapshotId {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("snapshotId", text().trim()).map(|id| Self(Uuid::parse_str(&id).ok()))
    }
}
