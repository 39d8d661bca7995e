//! C5 and C6: one connection, by id or by name.

use keyferry_domain::{Result, app_connections};
use serde_json::{Value, json};

use super::fields::{ConnectionPath, ScopeQuery};
use super::{APP, TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};
use crate::wire::{Decode, Fields, text};

pub(super) struct NamePath {
    connection_name: String,
}

impl Decode for NamePath {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let connection_name = f.required("connectionName", text().trim().min(1).message("Connection name required"));
        Some(Self { connection_name: connection_name? })
    }
}

pub(super) fn endpoint() -> Endpoint {
    get("/api/v1/app-connections/checkly/{connectionId}", by_id)
        .id("getAppConnectionCheckly")
        .tag(TAG)
        .summary("Get a Checkly connection by id")
        .permission("app-connections:read")
        .answers(|| json!({ "appConnection": response::example() }))
}

pub(super) fn endpoint_by_name() -> Endpoint {
    get("/api/v1/app-connections/checkly/connection-name/{connectionName}", by_name)
        .id("getAppConnectionByNameCheckly")
        .tag(TAG)
        .summary("Get a Checkly connection by name, of a project or of the organization")
        .permission("app-connections:read")
        .answers(|| json!({ "appConnection": response::example() }))
}

async fn by_id(call: Call, input: Input<ConnectionPath, (), ()>) -> Result<Json<Value>> {
    let row = app_connections::get(&call.app, &call.caller, APP, input.params.connection_id).await?;
    Ok(Json(response::one(&row)))
}

async fn by_name(call: Call, input: Input<NamePath, ScopeQuery, ()>) -> Result<Json<Value>> {
    let project_id = input.query.project_id.as_deref();
    let row = app_connections::get_by_name(&call.app, &call.caller, APP, &input.params.connection_name, project_id).await?;
    Ok(Json(response::one(&row)))
}
