//! S2 and S3: the syncs of a project.

use keyferry_domain::{Result, secret_syncs};
use serde_json::{Value, json};

use super::fields::ProjectQuery;
use super::{DESTINATION, TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};

pub(super) fn endpoint() -> Endpoint {
    get("/api/v1/secret-syncs", all)
        .id("listSecretSyncs")
        .tag(TAG)
        .summary("List the syncs of a project")
        .permission("secret-syncs:read")
        .answers(|| json!({ "secretSyncs": [response::example()] }))
}

pub(super) fn endpoint_of_destination() -> Endpoint {
    get("/api/v1/secret-syncs/checkly", of_destination)
        .id("listChecklySecretSyncs")
        .tag(TAG)
        .summary("List the Checkly syncs of a project")
        .permission("secret-syncs:read")
        .answers(|| json!({ "secretSyncs": [response::example()] }))
}

async fn all(call: Call, input: Input<(), ProjectQuery, ()>) -> Result<Json<Value>> {
    answer(&call, None, &input.query.project_id).await
}

async fn of_destination(call: Call, input: Input<(), ProjectQuery, ()>) -> Result<Json<Value>> {
    answer(&call, Some(DESTINATION), &input.query.project_id).await
}

async fn answer(call: &Call, destination: Option<&str>, project_id: &str) -> Result<Json<Value>> {
    let views = secret_syncs::list(&call.app, &call.caller, destination, project_id).await?;
    let syncs: Vec<Value> = views.iter().map(response::sync).collect::<Result<_>>()?;
    Ok(Json(json!({ "secretSyncs": syncs })))
}
