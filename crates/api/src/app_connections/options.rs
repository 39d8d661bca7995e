//! C1: apps that can be connected to.

use keyferry_domain::{Result, app_connections};
use serde_json::{Value, json};

use super::TAG;
use crate::endpoint::{Call, Endpoint, Input, Json, get};

pub(super) fn endpoint() -> Endpoint {
    get("/api/v1/app-connections/options", options)
        .id("listAppConnectionOptions")
        .tag(TAG)
        .summary("List the apps that can be connected to")
        .permission("none")
        .answers(|| json!({ "appConnectionOptions": [{ "name": "Checkly", "app": "checkly", "methods": ["api-key"] }] }))
}

async fn options(call: Call, _: Input) -> Result<Json<Value>> {
    let options: Vec<Value> = app_connections::options(&call.app, &call.caller)?
        .into_iter()
        .map(|app| {
            let methods: Vec<&str> = app.methods.iter().map(|(method, _)| *method).collect();
            json!({ "name": app.name, "app": app.app, "methods": methods })
        })
        .collect();
    Ok(Json(json!({ "appConnectionOptions": options })))
}
