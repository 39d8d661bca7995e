//! Moves secrets to another folder (core API contract, section 10.4).

use keyferry_domain::Result;
use keyferry_domain::paths::SecretPath;
use keyferry_domain::secrets::{self, Location, MoveInput};
use serde_json::{Value, json};
use uuid::Uuid;

use super::TAG;
use super::scope::{Project, V4, Version as _, path};
use crate::endpoint::{Call, Endpoint, Input, Json, post};
use crate::wire::{Decode, Fields, boolean, list, text, uuid};

struct Body {
    project: Option<Project>,
    from_environment: String,
    from_path: SecretPath,
    to_environment: String,
    to_path: SecretPath,
    secret_ids: Vec<Uuid>,
    should_overwrite: bool,
}

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project = V4::project(f);
        let from_environment = f.required("sourceEnvironment", text().trim().min(1));
        let from_path = f.default("sourceSecretPath", path(), SecretPath::root());
        let to_environment = f.required("destinationEnvironment", text().trim().min(1));
        let to_path = f.default("destinationSecretPath", path(), SecretPath::root());
        let secret_ids = f.required("secretIds", list(uuid()).min(1));
        let should_overwrite = f.default("shouldOverwrite", boolean(), false);
        Some(Self {
            project: project?,
            from_environment: from_environment?,
            from_path: from_path?,
            to_environment: to_environment?,
            to_path: to_path?,
            secret_ids: secret_ids?,
            should_overwrite: should_overwrite?,
        })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        post("/api/v4/secrets/move", move_secrets)
            .id("moveSecretsV4")
            .tag(TAG)
            .summary("Move secrets to another folder")
            .permission("secrets:delete")
            .answers(|| json!({ "isSourceUpdated": true, "isDestinationUpdated": true })),
    ]
}

async fn move_secrets(call: Call, input: Input<(), (), Body>) -> Result<Json<Value>> {
    let body = input.body;
    let project = body.project.ok_or_else(|| keyferry_domain::Error::bad_request("You must provide projectId"))?;
    let input = MoveInput {
        from: Location { project_id: project.id(&call).await?, environment: body.from_environment, path: body.from_path },
        to_environment: body.to_environment,
        to_path: body.to_path,
        secret_ids: body.secret_ids,
        should_overwrite: body.should_overwrite,
    };
    let moved = secrets::move_secrets(&call.app, &call.caller, &input).await?;
    Ok(Json(json!({
        "isSourceUpdated": moved.is_source_updated,
        "isDestinationUpdated": moved.is_destination_updated,
    })))
}
