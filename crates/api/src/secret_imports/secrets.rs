//! The secrets that a folder imports, by imported folder.

use keyferry_domain::secrets::{self, Location};
use keyferry_domain::{Result, projects};
use serde_json::json;

use super::TAG;
use super::scope::{Scope, V1, V2, Version};
use crate::endpoint::{Call, Endpoint, Input, JsonBytes, get};
use crate::secrets::response;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let described = |endpoint: Endpoint, id| {
        endpoint.id(id).tag(TAG).summary("List imported secrets").permission("secrets:describeSecret").answers(|| {
            json!({ "secrets": [{
                "secretPath": "/shared",
                "environment": "staging",
                "environmentInfo": { "id": "0d3c0f0a-6c58-4a5e-9a0c-1f1f0b6f7f11", "name": "Staging", "slug": "staging" },
                "folderId": "a4b7e2ce-0a2c-4a7e-8d8f-3d6f6a3d2b10",
                "secrets": [response::example()]
            }] })
        })
    };
    vec![
        described(get("/api/v1/secret-imports/secrets", list::<V1>), "listImportedSecretsV1"),
        described(get("/api/v1/secret-imports/secrets/raw", list::<V1>), "listImportedSecretsRawV1"),
        described(get("/api/v2/secret-imports/secrets/raw", list::<V2>), "listImportedSecrets"),
    ]
}

async fn list<V: Version>(call: Call, input: Input<(), Scope<V>>) -> Result<JsonBytes> {
    let scope = input.query;
    let project_id = scope.project_id.get()?;
    let at = Location { project_id, environment: scope.environment, path: scope.path };
    let folders = secrets::list_imported(&call.app, &call.caller, at).await?;
    let environments = projects::get(&call.app, &call.caller, project_id).await?.environments;
    response::imported(&folders, &environments)
}
