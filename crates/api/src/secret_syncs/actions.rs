//! S9 to S11: what is started by hand. Of a body only `force` of S9 is read, which is Keyferry's own.

use keyferry_domain::{Result, secret_syncs};
use serde_json::Value;

use super::fields::SyncPath;
use super::{DESTINATION, TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, post};
use crate::wire::{Decode, Fields, boolean, enumeration};

/// `?importBehavior=`, checked although no import follows.
pub(super) struct ImportQuery;

impl Decode for ImportQuery {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let behavior = f.required("importBehavior", enumeration(&["prioritize-source", "prioritize-destination"]));
        behavior?;
        Some(Self)
    }
}

/// What S9 reads of a body.
pub(super) struct SyncBody {
    force: bool,
}

impl Decode for SyncBody {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let force = f.default("force", boolean(), false);
        Some(Self { force: force? })
    }
}

pub(super) fn endpoint_sync() -> Endpoint {
    post("/api/v1/secret-syncs/checkly/{syncId}/sync-secrets", sync_secrets)
        .id("syncChecklySecretSync")
        .tag(TAG)
        .summary("Run a Checkly sync; with force, write every value again")
        .permission("secret-syncs:sync-secrets")
        .answers(response::example_one)
}

pub(super) fn endpoint_import() -> Endpoint {
    post("/api/v1/secret-syncs/checkly/{syncId}/import-secrets", import_secrets)
        .id("importChecklySecretSyncSecrets")
        .tag(TAG)
        .summary("Always refused: secrets cannot be read back from Checkly")
        .permission("none")
        .answers(response::example_one)
}

pub(super) fn endpoint_remove() -> Endpoint {
    post("/api/v1/secret-syncs/checkly/{syncId}/remove-secrets", remove_secrets)
        .id("removeChecklySecretSyncSecrets")
        .tag(TAG)
        .summary("Remove what a Checkly sync wrote")
        .permission("secret-syncs:remove-secrets")
        .answers(response::example_one)
}

async fn sync_secrets(call: Call, input: Input<SyncPath, (), SyncBody>) -> Result<Json<Value>> {
    let (app, caller, id) = (&call.app, &call.caller, input.params.sync_id);
    let view = if input.body.force {
        secret_syncs::force_sync_secrets(app, caller, DESTINATION, id).await?
    } else {
        secret_syncs::sync_secrets(app, caller, DESTINATION, id).await?
    };
    Ok(Json(response::one(&view)?))
}

async fn import_secrets(call: Call, _: Input<SyncPath, ImportQuery, ()>) -> Result<Json<Value>> {
    let view = secret_syncs::import_secrets(&call.app, &call.caller, DESTINATION)?;
    Ok(Json(response::one(&view)?))
}

async fn remove_secrets(call: Call, input: Input<SyncPath, (), ()>) -> Result<Json<Value>> {
    let view = secret_syncs::remove_secrets(&call.app, &call.caller, DESTINATION, input.params.sync_id).await?;
    Ok(Json(response::one(&view)?))
}
