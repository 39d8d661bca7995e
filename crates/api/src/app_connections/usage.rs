//! C12: what uses a connection.

use keyferry_domain::{Result, app_connections};
use serde_json::{Value, json};

use super::fields::ConnectionPath;
use super::{APP, TAG};
use crate::endpoint::{Call, Endpoint, Input, Json, get};

pub(super) fn endpoint() -> Endpoint {
    get("/api/v1/app-connections/checkly/{connectionId}/usage", usage)
        .id("getAppConnectionUsageCheckly")
        .tag(TAG)
        .summary("List what uses a Checkly connection")
        .permission("app-connections:read")
        .users_only()
        .hidden()
        .answers(|| {
            json!({ "projects": [{
                "id": "5a0d0f1e-7c65-4c02-8a2d-2f7d6b9b4410", "name": "Shop", "type": "secret-manager", "slug": "shop-x1yz",
                "resources": {
                    "secretSyncs": [{ "id": "e1f8b3aa-0c52-4a3e-9b8b-2b8a60b8f501", "name": "checkly-prod" }],
                    "secretRotations": [], "externalCas": [], "dataSources": []
                }
            }] })
        })
}

async fn usage(call: Call, input: Input<ConnectionPath, (), ()>) -> Result<Json<Value>> {
    let projects = app_connections::usage(&call.app, &call.caller, APP, input.params.connection_id).await?;
    let projects: Vec<Value> = projects
        .iter()
        .map(|usage| {
            let syncs: Vec<Value> = usage.secret_syncs.iter().map(|sync| json!({ "id": sync.id, "name": sync.name })).collect();
            json!({
                "id": usage.project.id, "name": usage.project.name, "type": usage.project.r#type, "slug": usage.project.slug,
                "resources": { "secretSyncs": syncs, "secretRotations": [], "externalCas": [], "dataSources": [] },
            })
        })
        .collect();
    Ok(Json(json!({ "projects": projects })))
}
