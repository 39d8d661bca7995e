//! The groups of the organization.

use keyferry_domain::groups::{self, CreateGroup, UpdateGroup};
use keyferry_domain::{Result, organizations};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{GroupPath, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete, get, patch, post};
use crate::wire::{Decode, Fields, slug, text, uuid};

/// Longest name, in characters.
const MAX_NAME: usize = 50;

struct Create {
    name: String,
    slug: Option<String>,
    role: String,
}

impl Decode for Create {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.required("name", text().trim().min(1).max(MAX_NAME));
        let slug = f.optional("slug", slug(1, 36));
        let role = f.default("role", text().trim().min(1), "no-access");
        Some(Self { name: name?, slug: slug?, role: role? })
    }
}

struct Update(UpdateGroup);

impl Decode for Update {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.optional("name", text().trim().min(1).max(MAX_NAME));
        let slug = f.optional("slug", slug(1, 36));
        let role = f.optional("role", text().trim().min(1));
        Some(Self(UpdateGroup { name: name?, slug: slug?, role: role? }))
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
        get("/api/v1/groups", list)
            .id("listGroups")
            .summary("List the groups of the organization")
            .permission("groups:read")
            .answers(|| json!([response::example()])),
        get("/api/v1/organization/{organizationId}/groups", list_of_organization)
            .id("listOrganizationGroups")
            .summary("List the groups of the organization")
            .permission("groups:read")
            .answers(|| json!({ "groups": [response::example()] })),
        post("/api/v1/groups", create)
            .id("createGroup")
            .summary("Create a group")
            .permission("groups:create")
            .answers(response::example),
        get("/api/v1/groups/{groupId}", read)
            .id("getGroup")
            .summary("Read a group")
            .permission("groups:read")
            .answers(response::example),
        patch("/api/v1/groups/{groupId}", update)
            .id("updateGroup")
            .summary("Change a group")
            .permission("groups:edit")
            .answers(response::example),
        delete("/api/v1/groups/{groupId}", remove)
            .id("deleteGroup")
            .summary("Delete a group")
            .permission("groups:delete")
            .answers(response::example),
    ]
}

async fn list(call: Call, _: Input) -> Result<Json<Value>> {
    let views = groups::list(&call.app, &call.caller).await?;
    Ok(Json(views.iter().map(response::group).collect()))
}

async fn list_of_organization(call: Call, input: Input<OrganizationPath>) -> Result<Json<Value>> {
    organizations::get(&call.app, &call.caller, input.params.0).await?;
    let views = groups::list(&call.app, &call.caller).await?;
    Ok(Json(json!({ "groups": views.iter().map(response::group).collect::<Vec<_>>() })))
}

async fn create(call: Call, input: Input<(), (), Create>) -> Result<Json<Value>> {
    let Create { name, slug, role } = input.body;
    let slug = slug.unwrap_or_else(|| groups::generated_slug(&name));
    let view = groups::create(&call.app, &call.caller, CreateGroup { name, slug, role }).await?;
    Ok(Json(response::group(&view)))
}

async fn read(call: Call, input: Input<GroupPath>) -> Result<Json<Value>> {
    Ok(Json(response::group(&groups::get(&call.app, &call.caller, input.params.0).await?)))
}

async fn update(call: Call, input: Input<GroupPath, (), Update>) -> Result<Json<Value>> {
    Ok(Json(response::group(&groups::update(&call.app, &call.caller, input.params.0, input.body.0).await?)))
}

async fn remove(call: Call, input: Input<GroupPath>) -> Result<Json<Value>> {
    Ok(Json(response::group(&groups::delete(&call.app, &call.caller, input.params.0).await?)))
}
