//! The projects of the caller.

use keyferry_domain::Result;
use keyferry_domain::projects;
use serde_json::{Value, json};

use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};
use crate::wire::{Codec as _, Decode, Fields, enumeration, loose_bool};

/// Types to filter by; `all` filters nothing.
const KINDS: &[&str] = &["secret-manager", "cert-manager", "kms", "ssh", "secret-scanning", "pam", "ai", "all"];

struct Query {
    kind: Option<&'static str>,
    include_roles: bool,
}

impl Decode for Query {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let kind = f.optional("type", enumeration(KINDS).blank_is_absent());
        let include_roles = f.default("includeRoles", loose_bool(), false);
        Some(Self { kind: kind?.filter(|kind| *kind != "all"), include_roles: include_roles? })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/api/v1/projects", list)
            .id("listProjects")
            .tag(TAG)
            .summary("List the caller's projects")
            .permission("none")
            .answers(|| json!({ "projects": [response::example()] })),
        get("/api/v1/workspace", list_workspaces)
            .id("listWorkspaces")
            .tag(TAG)
            .summary("List the caller's projects")
            .permission("none")
            .answers(|| json!({ "workspaces": [response::example()] })),
    ]
}

async fn list(call: Call, input: Input<(), Query>) -> Result<Json<Value>> {
    Ok(Json(json!({ "projects": read(&call, &input.query).await? })))
}

async fn list_workspaces(call: Call, input: Input<(), Query>) -> Result<Json<Value>> {
    Ok(Json(json!({ "workspaces": read(&call, &input.query).await? })))
}

async fn read(call: &Call, query: &Query) -> Result<Value> {
    let listed = projects::list(&call.app, &call.caller, query.kind, query.include_roles).await?;
    let projects: Vec<_> = listed.iter().map(|one| response::listed(one, query.include_roles)).collect();
    Ok(json!(projects))
}
