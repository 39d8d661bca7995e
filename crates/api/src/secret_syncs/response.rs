//! Syncs on the wire (section 3.2).

use keyferry_domain::secret_syncs::{self, Overlap, SyncView};
use keyferry_domain::{Error, Result};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::endpoint::Call;
use crate::wire::timestamp;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SyncResponse<'a> {
    id: Uuid,
    name: &'a str,
    description: Option<&'a str>,
    is_auto_sync_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    include_all_sub_folders: Option<bool>,
    version: i32,
    project_id: Uuid,
    folder_id: Option<Uuid>,
    connection_id: Uuid,
    created_at: String,
    updated_at: String,
    sync_status: Option<&'a str>,
    last_sync_job_id: Option<&'a str>,
    last_sync_message: Option<&'a str>,
    last_synced_at: Option<String>,
    import_status: Option<&'a str>,
    last_import_job_id: Option<&'a str>,
    last_import_message: Option<&'a str>,
    last_imported_at: Option<String>,
    remove_status: Option<&'a str>,
    last_remove_job_id: Option<&'a str>,
    last_remove_message: Option<&'a str>,
    last_removed_at: Option<String>,
    sync_options: Value,
    connection: Value,
    environment: Option<Value>,
    folder: Option<Value>,
    destination: &'a str,
    destination_config: Value,
    pending_approval: Option<Value>,
    next_retry_at: Option<String>,
    last_run_id: Option<Uuid>,
    /// Only there after a restore, until somebody resumes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_paused: Option<bool>,
}

/// A sync as clients know it.
pub(super) fn sync(view: &SyncView) -> Result<Value> {
    let SyncView { sync, connection, source } = view;
    let sync_options = stored(&sync.sync_options)?;
    let response = SyncResponse {
        id: sync.id,
        name: &sync.name,
        description: sync.description.as_deref(),
        is_auto_sync_enabled: sync.is_auto_sync_enabled,
        // Answered in the place it was given.
        include_all_sub_folders: sync.include_all_sub_folders.filter(|_| sync_options.get("includeAllSubFolders").is_none()),
        version: sync.version,
        project_id: sync.project_id,
        folder_id: source.as_ref().map(|source| source.folder.id),
        connection_id: sync.connection_id,
        created_at: timestamp(sync.created_at_ms),
        updated_at: timestamp(sync.updated_at_ms),
        sync_status: sync.sync_status.as_deref(),
        last_sync_job_id: sync.last_sync_job_id.as_deref(),
        last_sync_message: sync.last_sync_message.as_deref(),
        last_synced_at: sync.last_synced_at_ms.map(timestamp),
        import_status: sync.import_status.as_deref(),
        last_import_job_id: sync.last_import_job_id.as_deref(),
        last_import_message: sync.last_import_message.as_deref(),
        last_imported_at: sync.last_imported_at_ms.map(timestamp),
        remove_status: sync.remove_status.as_deref(),
        last_remove_job_id: sync.last_remove_job_id.as_deref(),
        last_remove_message: sync.last_remove_message.as_deref(),
        last_removed_at: sync.last_removed_at_ms.map(timestamp),
        sync_options,
        connection: json!({ "app": connection.app, "name": connection.name, "id": connection.id }),
        environment: source.as_ref().map(
            |source| json!({ "slug": source.environment.slug, "name": source.environment.name, "id": source.environment.id }),
        ),
        folder: source.as_ref().map(|source| json!({ "id": source.folder.id, "path": source.path.as_str() })),
        destination: &sync.destination,
        destination_config: stored(&sync.destination_config)?,
        pending_approval: sync
            .pending_plan_id
            .filter(|_| sync.pending_count > 0)
            .map(|plan_id| json!({ "count": sync.pending_count, "planId": plan_id })),
        next_retry_at: sync.next_retry_at_ms.map(timestamp),
        last_run_id: sync.last_run_id,
        is_paused: sync.is_paused.then_some(true),
    };
    serde_json::to_value(response).map_err(Error::internal)
}

/// The answer of routes about one sync.
pub(super) fn one(view: &SyncView) -> Result<Value> {
    Ok(json!({ "secretSync": sync(view)? }))
}

/// The answer of routes that save a sync: where its keys can meet another sync's, that one is named, which is Keyferry's own.
pub(super) async fn saved(call: &Call, view: &SyncView) -> Result<Value> {
    let mut body = one(view)?;
    let overlaps = secret_syncs::overlaps(&call.app, &call.caller, view).await?;
    if !overlaps.is_empty() {
        body["secretSync"]["overlaps"] = overlaps.iter().map(overlap).collect();
    }
    Ok(body)
}

fn overlap(overlap: &Overlap) -> Value {
    let mut body = json!({ "projectId": overlap.project_id });
    if let Some((id, name)) = &overlap.sync {
        body["syncId"] = json!(id);
        body["syncName"] = json!(name);
    }
    body
}

fn stored(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| Error::internal(format!("a stored sync cannot be read: {error}")))
}

/// For the description.
pub(super) fn example() -> Value {
    json!({
        "id": "e1f8b3aa-0c52-4a3e-9b8b-2b8a60b8f501",
        "name": "checkly-prod",
        "description|null": "prod variables",
        "isAutoSyncEnabled": true,
        "includeAllSubFolders?": false,
        "version": 1,
        "projectId": "5a0d0f1e-7c65-4c02-8a2d-2f7d6b9b4410",
        "folderId|null": "77c0b6a5-3d34-4f44-9a36-0d3f4b0a7e21",
        "connectionId": "b6a1f2c4-52d7-4d0c-9d0e-3c1f0a7788aa",
        "createdAt": "2026-03-02T09:20:11.004Z",
        "updatedAt": "2026-03-02T09:20:24.870Z",
        "syncStatus|null": "succeeded",
        "lastSyncJobId|null": "0195567e-0d5c-7c7b-8f5b-3d9a1c2b4e60",
        "lastSyncMessage": null,
        "lastSyncedAt|null": "2026-03-02T09:20:24.861Z",
        "importStatus": null,
        "lastImportJobId": null,
        "lastImportMessage": null,
        "lastImportedAt": null,
        "removeStatus": null,
        "lastRemoveJobId": null,
        "lastRemoveMessage": null,
        "lastRemovedAt": null,
        "syncOptions": {
            "initialSyncBehavior": "overwrite-destination", "keySchema?": "SHOP_{{secretKey}}", "disableSecretDeletion?": false
        },
        "connection": { "app": "checkly", "name": "checkly-eu", "id": "b6a1f2c4-52d7-4d0c-9d0e-3c1f0a7788aa" },
        "environment|null": { "slug": "prod", "name": "Production", "id": "3f5d4a0e-2a1b-46f5-8d8e-5b1b7a9c0d11" },
        "folder|null": { "id": "77c0b6a5-3d34-4f44-9a36-0d3f4b0a7e21", "path": "/checkout" },
        "destination": "checkly",
        "destinationConfig": {
            "accountId": "9c2f6b7e-4c1d-4d55-8a1c-7a51e0c1d2f3", "accountName?": "Acme EU", "groupId?": "271828",
            "groupName?": "Checkout journeys"
        },
        "pendingApproval": null,
        "nextRetryAt": null,
        "lastRunId|null": "0195567e-0d5c-7c7b-8f5b-3d9a1c2b4e60",
        "isPaused?": true
    })
}

/// For the description of routes about one sync.
pub(super) fn example_one() -> Value {
    json!({ "secretSync": example() })
}

/// For the description of routes that save a sync.
pub(super) fn example_saved() -> Value {
    let mut example = example();
    example["overlaps?"] = json!([{
        "projectId": "5a0d0f1e-7c65-4c02-8a2d-2f7d6b9b4410", "syncId?": "0c1e1b0a-7b1f-4f3e-9a53-4d2b7a1f9e02",
        "syncName?": "checkly-shared"
    }]);
    json!({ "secretSync": example })
}
