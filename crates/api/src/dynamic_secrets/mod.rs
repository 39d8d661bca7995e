//! Dynamic secrets (core API contract, section 14.2): a list that is always empty. Every other route of theirs is unknown.

use keyferry_domain::paths::SecretPath;
use keyferry_domain::{Result, dynamic_secrets};
use serde_json::{Value, json};

use crate::endpoint::{Call, Endpoint, Input, Json, get};
use crate::projects::params::folder_path;
use crate::wire::{Decode, Fields, text};

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    registry.add(endpoint());
}

struct Query {
    project: String,
    environment: String,
    path: Option<SecretPath>,
}

impl Decode for Query {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project = f.required("projectSlug", text().trim().min(1));
        let environment = f.required("environmentSlug", text().trim().min(1));
        let path = f.optional("path", folder_path());
        Some(Self { project: project?, environment: environment?, path: path? })
    }
}

fn endpoint() -> Endpoint {
    get("/api/v1/dynamic-secrets", list)
        .id("listDynamicSecrets")
        .tag("Dynamic Secrets")
        .summary("List the dynamic secrets of a folder; this server makes none")
        .permission("dynamic-secrets:read-root-credential")
        .answers(|| json!({ "dynamicSecrets": [] }))
}

async fn list(call: Call, input: Input<(), Query>) -> Result<Json<Value>> {
    let Query { project, environment, path } = input.query;
    let path = path.unwrap_or_else(SecretPath::root);
    dynamic_secrets::list(&call.app, &call.caller, &project, &environment, &path).await?;
    Ok(Json(json!({ "dynamicSecrets": [] })))
}
