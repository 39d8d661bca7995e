//! S8: deletes a sync, with or without what it wrote.

use keyferry_domain::{Result, secret_syncs};
use serde_json::Value;

use super::fields::SyncPath;
use super::{DESTINATION, TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete};
use crate::wire::{Decode, Fields, string_bool};

pub(super) struct Query {
    remove_secrets: bool,
}

impl Decode for Query {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let remove_secrets = f.default("removeSecrets", string_bool(), false);
        Some(Self { remove_secrets: remove_secrets? })
    }
}

pub(super) fn endpoint() -> Endpoint {
    delete("/api/v1/secret-syncs/checkly/{syncId}", remove)
        .id("deleteChecklySecretSync")
        .tag(TAG)
        .summary("Delete a Checkly sync, at once or after what it wrote is removed")
        .permission("secret-syncs:delete")
        .answers(response::example_one)
}

async fn remove(call: Call, input: Input<SyncPath, Query, ()>) -> Result<Json<Value>> {
    let (id, remove_secrets) = (input.params.sync_id, input.query.remove_secrets);
    let view = secret_syncs::delete(&call.app, &call.caller, DESTINATION, id, remove_secrets).await?;
    Ok(Json(response::one(&view)?))
}
