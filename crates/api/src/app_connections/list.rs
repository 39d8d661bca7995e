//! C2 and C3: connections of the organization or of a project.

use keyferry_domain::{Result, app_connections};
use serde_json::{Value, json};

use super::fields::ScopeQuery;
use super::{APP, TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};

pub(super) fn endpoint() -> Endpoint {
    get("/api/v1/app-connections", all)
        .id("listAppConnections")
        .tag(TAG)
        .summary("List app connections of the organization or of a project")
        .permission("app-connections:read")
        .answers(|| json!({ "appConnections": [response::example_listed()] }))
}

pub(super) fn endpoint_of_app() -> Endpoint {
    get("/api/v1/app-connections/checkly", of_app)
        .id("listAppConnectionsCheckly")
        .tag(TAG)
        .summary("List Checkly connections of the organization or of a project")
        .permission("app-connections:read")
        .answers(|| json!({ "appConnections": [response::example_listed()] }))
}

async fn all(call: Call, input: Input<(), ScopeQuery, ()>) -> Result<Json<Value>> {
    answer(&call, None, input.query.project_id.as_deref()).await
}

async fn of_app(call: Call, input: Input<(), ScopeQuery, ()>) -> Result<Json<Value>> {
    answer(&call, Some(APP), input.query.project_id.as_deref()).await
}

async fn answer(call: &Call, app: Option<&str>, project_id: Option<&str>) -> Result<Json<Value>> {
    let rows = app_connections::list(&call.app, &call.caller, app, project_id).await?;
    let rows: Vec<_> = rows.iter().map(response::listed).collect();
    Ok(Json(json!({ "appConnections": rows })))
}
