//! S12: whether another sync of the organization writes to the same place.

use keyferry_domain::{Result, secret_syncs};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{DESTINATION, TAG};
use crate::endpoint::{Call, Endpoint, Input, Json, post};
use crate::wire::{Decode, Fields, any, uuid};

pub(super) struct Body {
    destination_config: Option<Value>,
    exclude_sync_id: Option<Uuid>,
    project_id: Uuid,
}

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let destination_config = f.optional("destinationConfig", any());
        let exclude_sync_id = f.optional("excludeSyncId", uuid());
        let project_id = f.required("projectId", uuid());
        Some(Self { destination_config: destination_config?, exclude_sync_id: exclude_sync_id?, project_id: project_id? })
    }
}

pub(super) fn endpoint() -> Endpoint {
    post("/api/v1/secret-syncs/checkly/check-destination", check)
        .id("checkChecklySecretSyncDestination")
        .tag(TAG)
        .summary("Ask whether another sync writes to a destination")
        .permission("secret-syncs:read")
        .answers(|| json!({ "hasDuplicate": true, "duplicateProjectId?": "5a0d0f1e-7c65-4c02-8a2d-2f7d6b9b4410" }))
}

async fn check(call: Call, input: Input<(), (), Body>) -> Result<Json<Value>> {
    let Body { destination_config, exclude_sync_id, project_id } = input.body;
    let config = match destination_config {
        Some(Value::Object(config)) => config,
        _ => Map::new(),
    };
    let duplicate =
        secret_syncs::check_destination(&call.app, &call.caller, DESTINATION, &config, exclude_sync_id, project_id).await?;
    Ok(Json(match duplicate {
        Some(project_id) => json!({ "hasDuplicate": true, "duplicateProjectId": project_id }),
        None => json!({ "hasDuplicate": false }),
    }))
}
