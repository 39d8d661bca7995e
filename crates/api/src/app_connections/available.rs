//! C4: connections the caller may connect with.

use keyferry_domain::{Result, app_connections};
use serde_json::{Value, json};

use super::fields::ScopeQuery;
use super::{APP, TAG};
use crate::endpoint::{Call, Endpoint, Input, Json, get};

pub(super) fn endpoint() -> Endpoint {
    get("/api/v1/app-connections/checkly/available", available)
        .id("listAvailableAppConnectionsCheckly")
        .tag(TAG)
        .summary("List Checkly connections the caller may connect with")
        .permission("app-connections:connect")
        .answers(|| {
            json!({ "appConnections": [{
                "app": "checkly", "name": "checkly-eu", "id": "b6a1f2c4-52d7-4d0c-9d0e-3c1f0a7788aa", "projectId": null,
                "orgId": "0f6a4c57-1d2e-4a53-8b3b-6b7d1f3c9e10"
            }] })
        })
}

async fn available(call: Call, input: Input<(), ScopeQuery, ()>) -> Result<Json<Value>> {
    let rows = app_connections::available(&call.app, &call.caller, APP, input.query.project_id.as_deref()).await?;
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| json!({ "app": row.app, "name": row.name, "id": row.id, "projectId": row.project_id, "orgId": row.org_id }))
        .collect();
    Ok(Json(json!({ "appConnections": rows })))
}
