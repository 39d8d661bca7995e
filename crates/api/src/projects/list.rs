//! The projects of the caller.

use keyferry_domain::Result;
use keyferry_domain::{organizations, projects};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};
use crate::wire::{Codec as _, Decode, Fields, enumeration, loose_bool, uuid};

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

struct OrganizationPath(Uuid);

impl Decode for OrganizationPath {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("organizationId", uuid()).map(Self)
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
        get("/api/v2/organizations/{organizationId}/workspaces", list_of_organization)
            .id("listOrganizationWorkspaces")
            .tag(TAG)
            .summary("List the caller's projects in its organization")
            .permission("none")
            .answers(|| json!({ "workspaces": [response::in_organization(response::example())] })),
    ]
}

async fn list(call: Call, input: Input<(), Query>) -> Result<Json<Value>> {
    Ok(Json(json!({ "projects": read(&call, &input.query).await? })))
}

async fn list_workspaces(call: Call, input: Input<(), Query>) -> Result<Json<Value>> {
    Ok(Json(json!({ "workspaces": read(&call, &input.query).await? })))
}

async fn list_of_organization(call: Call, input: Input<OrganizationPath>) -> Result<Json<Value>> {
    organizations::get(&call.app, &call.caller, input.params.0).await?;
    let listed = projects::list(&call.app, &call.caller, None, false).await?;
    let rows: Vec<Value> = listed.iter().map(|one| response::in_organization(json!(response::listed(one, false)))).collect();
    Ok(Json(json!({ "workspaces": rows })))
}

async fn read(call: &Call, query: &Query) -> Result<Value> {
    let listed = projects::list(&call.app, &call.caller, query.kind, query.include_roles).await?;
    let projects: Vec<_> = listed.iter().map(|one| response::listed(one, query.include_roles)).collect();
    Ok(json!(projects))
}
