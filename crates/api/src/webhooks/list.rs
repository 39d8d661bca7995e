//! `GET /api/v1/webhooks`.

use keyferry_domain::paths::SecretPath;
use keyferry_domain::{Result, webhooks};
use serde_json::{Value, json};

use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};
use crate::projects::params::{ProjectId, folder_path};
use crate::wire::{Codec as _, Decode, Fields, text};

pub(super) struct Query {
    project_id: ProjectId,
    environment: Option<String>,
    secret_path: Option<SecretPath>,
}

impl Decode for Query {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project_id = ProjectId::read(f, "projectId");
        let environment = f.optional("environment", text().trim().blank_is_absent());
        let secret_path = f.optional("secretPath", folder_path().blank_is_absent());
        Some(Self { project_id: project_id?, environment: environment?, secret_path: secret_path? })
    }
}

pub(super) fn endpoint() -> Endpoint {
    get("/api/v1/webhooks", list)
        .id("listWebhooks")
        .tag(TAG)
        .summary("List the webhooks of a project")
        .permission("webhooks:read")
        .answers(|| json!({ "message": "Successfully fetched webhooks", "webhooks": [response::example()] }))
}

async fn list(call: Call, input: Input<(), Query>) -> Result<Json<Value>> {
    let Query { project_id, environment, secret_path } = input.query;
    let found = webhooks::list(&call.app, &call.caller, project_id.get()?, environment.as_deref(), secret_path.as_ref()).await?;
    let found: Vec<Value> = found.iter().map(response::webhook).collect();
    Ok(Json(json!({ "message": "Successfully fetched webhooks", "webhooks": found })))
}
