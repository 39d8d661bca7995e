//! S1: destinations a sync can have.

use keyferry_domain::{Result, secret_syncs};
use serde_json::{Value, json};

use super::TAG;
use crate::endpoint::{Call, Endpoint, Input, Json, get};

pub(super) fn endpoint() -> Endpoint {
    get("/api/v1/secret-syncs/options", options)
        .id("listSecretSyncOptions")
        .tag(TAG)
        .summary("List the destinations a sync can have")
        .permission("none")
        .answers(|| {
            json!({ "secretSyncOptions": [
                { "name": "Checkly", "destination": "checkly", "connection": "checkly", "canImportSecrets": false }
            ] })
        })
}

async fn options(call: Call, _: Input) -> Result<Json<Value>> {
    let options: Vec<Value> = secret_syncs::options(&call.app, &call.caller)?
        .into_iter()
        .map(|app| json!({ "name": app.name, "destination": app.app, "connection": app.app, "canImportSecrets": app.can_import }))
        .collect();
    Ok(Json(json!({ "secretSyncOptions": options })))
}
