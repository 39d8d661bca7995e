//! The tokens of a project: listing and revoking them.

use keyferry_domain::{Error, Result, service_tokens};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete, get};
use crate::projects::params::InProject;
use crate::wire::{Decode, Fields, text};

struct TokenPath(String);

impl Decode for TokenPath {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("serviceTokenId", text().trim()).map(Self)
    }
}

impl TokenPath {
    /// The id. Whatever is no UUID is the id of no token.
    fn id(&self) -> Result<Uuid> {
        Uuid::parse_str(&self.0).map_err(|_not_a_uuid| Error::not_found(format!("Service token with ID '{}' not found", self.0)))
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let answer = || json!({ "serviceTokenData": [response::example()] });
    vec![
        get("/api/v1/projects/{projectId}/service-token-data", list)
            .id("listProjectServiceTokens")
            .tag(TAG)
            .summary("List the service tokens of a project")
            .permission("service-tokens:read")
            .users_only()
            .answers(answer),
        get("/api/v1/workspace/{projectId}/service-token-data", list)
            .id("listWorkspaceServiceTokens")
            .tag(TAG)
            .summary("List the service tokens of a project")
            .permission("service-tokens:read")
            .users_only()
            .hidden()
            .answers(answer),
        delete("/api/v2/service-token/{serviceTokenId}", revoke)
            .id("deleteServiceToken")
            .tag(TAG)
            .summary("Revoke a service token")
            .permission("service-tokens:delete")
            .users_only()
            .answers(|| json!({ "serviceTokenData": response::example() })),
    ]
}

async fn list(call: Call, input: Input<InProject>) -> Result<Json<Value>> {
    let views = service_tokens::list(&call.app, &call.caller, input.params.id()?).await?;
    Ok(Json(json!({ "serviceTokenData": views.iter().map(response::token).collect::<Vec<_>>() })))
}

async fn revoke(call: Call, input: Input<TokenPath>) -> Result<Json<Value>> {
    let view = service_tokens::revoke(&call.app, &call.caller, input.params.id()?).await?;
    Ok(Json(json!({ "serviceTokenData": response::token(&view) })))
}
