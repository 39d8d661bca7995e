//! Identities that belong to a project.

use keyferry_domain::identities::{self, CreateIdentity, IdentityView};
use keyferry_domain::{Error, Result};
use serde_json::{Value, json};
use uuid::Uuid;

use super::fields::{metadata, name};
use super::single::Update;
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete, get, patch, post};
use crate::wire::{Decode, Fields, boolean, uuid};

struct Project {
    id: Uuid,
}

impl Decode for Project {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let id = f.required("projectId", uuid());
        Some(Self { id: id? })
    }
}

struct Params {
    project_id: Uuid,
    identity_id: Uuid,
}

impl Decode for Params {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project_id = f.required("projectId", uuid());
        let identity_id = f.required("identityId", uuid());
        Some(Self { project_id: project_id?, identity_id: identity_id? })
    }
}

struct Create(CreateIdentity);

impl Decode for Create {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.required("name", name());
        let has_delete_protection = f.default("hasDeleteProtection", boolean(), false);
        let metadata = f.optional("metadata", metadata());
        Some(Self(CreateIdentity {
            name: name?,
            role: "no-access".to_owned(),
            has_delete_protection: has_delete_protection?,
            metadata: metadata?.unwrap_or_default(),
            project_id: None,
        }))
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let answer = || json!({ "identity": response::example() });
    vec![
        post("/api/v1/projects/{projectId}/identities", create)
            .id("createProjectIdentity")
            .tag(TAG)
            .summary("Make an identity that belongs to a project")
            .permission("identity:create")
            .answers(answer),
        get("/api/v1/projects/{projectId}/identities", list)
            .id("listProjectIdentities")
            .tag(TAG)
            .summary("List the identities that belong to a project")
            .permission("identity:read")
            .answers(|| json!({ "identities": [response::example()], "totalCount": 1 })),
        get("/api/v1/projects/{projectId}/identities/{identityId}", read)
            .id("getProjectIdentity")
            .tag(TAG)
            .summary("Read an identity that belongs to a project")
            .permission("identity:read")
            .answers(answer),
        patch("/api/v1/projects/{projectId}/identities/{identityId}", update)
            .id("updateProjectIdentity")
            .tag(TAG)
            .summary("Change an identity that belongs to a project")
            .permission("identity:edit")
            .answers(answer),
        delete("/api/v1/projects/{projectId}/identities/{identityId}", remove)
            .id("deleteProjectIdentity")
            .tag(TAG)
            .summary("Delete an identity that belongs to a project")
            .permission("identity:delete")
            .answers(answer),
    ]
}

async fn create(call: Call, input: Input<Project, (), Create>) -> Result<Json<Value>> {
    let wanted = CreateIdentity { project_id: Some(input.params.id), ..input.body.0 };
    Ok(answer(&identities::create(&call.app, &call.caller, wanted).await?))
}

async fn list(call: Call, input: Input<Project>) -> Result<Json<Value>> {
    let (views, total) = identities::list(&call.app, &call.caller, Some(input.params.id)).await?;
    Ok(Json(json!({ "identities": views.iter().map(response::identity).collect::<Vec<_>>(), "totalCount": total })))
}

async fn read(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    Ok(answer(&find(&call, &input.params).await?))
}

async fn update(call: Call, input: Input<Params, (), Update>) -> Result<Json<Value>> {
    find(&call, &input.params).await?;
    Ok(answer(&identities::update(&call.app, &call.caller, input.params.identity_id, input.body.0).await?))
}

async fn remove(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    find(&call, &input.params).await?;
    Ok(answer(&identities::delete(&call.app, &call.caller, input.params.identity_id).await?))
}

/// The identity, if it belongs to the project in the path.
async fn find(call: &Call, params: &Params) -> Result<IdentityView> {
    let view = identities::get(&call.app, &call.caller, params.identity_id).await?;
    if view.identity.project_id == Some(params.project_id) {
        return Ok(view);
    }
    Err(Error::not_found(format!("Failed to find identity with ID {}", params.identity_id)))
}

fn answer(view: &IdentityView) -> Json<Value> {
    Json(json!({ "identity": response::identity(view) }))
}
