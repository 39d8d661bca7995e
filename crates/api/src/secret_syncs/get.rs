//! S4 and S5: one sync, by id or by name.

use keyferry_domain::{Result, secret_syncs};
use serde_json::Value;

use super::fields::{ProjectQuery, SyncPath};
use super::{DESTINATION, TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};
use crate::wire::{Decode, Fields, text};

pub(super) struct NamePath {
    sync_name: String,
}

impl Decode for NamePath {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let sync_name = f.required("syncName", text().trim().min(1).message("Sync name required"));
        Some(Self { sync_name: sync_name? })
    }
}

pub(super) fn endpoint() -> Endpoint {
    get("/api/v1/secret-syncs/checkly/{syncId}", by_id)
        .id("getChecklySecretSync")
        .tag(TAG)
        .summary("Get a Checkly sync by id")
        .permission("secret-syncs:read")
        .answers(response::example_one)
}

pub(super) fn endpoint_by_name() -> Endpoint {
    get("/api/v1/secret-syncs/checkly/sync-name/{syncName}", by_name)
        .id("getChecklySecretSyncByName")
        .tag(TAG)
        .summary("Get a Checkly sync by name")
        .permission("secret-syncs:read")
        .answers(response::example_one)
}

async fn by_id(call: Call, input: Input<SyncPath, (), ()>) -> Result<Json<Value>> {
    let view = secret_syncs::get(&call.app, &call.caller, DESTINATION, input.params.sync_id).await?;
    Ok(Json(response::one(&view)?))
}

async fn by_name(call: Call, input: Input<NamePath, ProjectQuery, ()>) -> Result<Json<Value>> {
    let (name, project_id) = (&input.params.sync_name, &input.query.project_id);
    let view = secret_syncs::get_by_name(&call.app, &call.caller, DESTINATION, name, project_id).await?;
    Ok(Json(response::one(&view)?))
}
