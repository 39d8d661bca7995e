//! Custom roles of the caller's organization (core API contract, section 7.4).

use keyferry_domain::Result;
use keyferry_domain::organizations::{self, CreateOrgRole, OrgRoleView, UpdateOrgRole};
use serde_json::{Value, json};
use uuid::Uuid;

use super::TAG;
use crate::endpoint::{Call, Endpoint, Input, Json, delete, get, patch, post};
use crate::project_roles::fields::rules;
use crate::wire::{Decode, Fields, slug, text, timestamp, uuid};

struct Role {
    id: Uuid,
}

impl Decode for Role {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let id = f.required("roleId", uuid());
        Some(Self { id: id? })
    }
}

struct BySlug {
    slug: String,
}

impl Decode for BySlug {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let slug = f.required("slug", text().trim().min(1));
        Some(Self { slug: slug? })
    }
}

struct Create(CreateOrgRole);

impl Decode for Create {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let slug = f.required("slug", slug(1, 64).field("Slug"));
        let name = f.required("name", text().trim().min(1).max(255));
        let description = f.optional("description", text().trim().max(1000));
        let permissions = f.required("permissions", rules());
        Some(Self(CreateOrgRole { slug: slug?, name: name?, description: description?, permissions: permissions? }))
    }
}

struct Update(UpdateOrgRole);

impl Decode for Update {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let slug = f.optional("slug", slug(1, 64).field("Slug"));
        let name = f.optional("name", text().trim().min(1).max(255));
        let description = f.nullable("description", text().trim().max(1000));
        let permissions = f.optional("permissions", rules());
        Some(Self(UpdateOrgRole { slug: slug?, name: name?, description: description?, permissions: permissions? }))
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    [
        get("/api/v1/organization/roles", list)
            .id("listOrganizationRoles")
            .summary("List the custom roles")
            .permission("role:read")
            .answers(|| json!({ "roles": [example()["role"]] })),
        post("/api/v1/organization/roles", create)
            .id("createOrganizationRole")
            .summary("Make a custom role")
            .permission("role:create")
            .answers(example),
        get("/api/v1/organization/roles/{roleId}", read)
            .id("getOrganizationRole")
            .summary("Read a custom role")
            .permission("role:read")
            .answers(example),
        get("/api/v1/organization/roles/slug/{slug}", read_by_slug)
            .id("getOrganizationRoleBySlug")
            .summary("Read a custom role by its slug")
            .permission("role:read")
            .answers(example),
        patch("/api/v1/organization/roles/{roleId}", update)
            .id("updateOrganizationRole")
            .summary("Change a custom role")
            .permission("role:edit")
            .answers(example),
        delete("/api/v1/organization/roles/{roleId}", remove)
            .id("deleteOrganizationRole")
            .summary("Delete a custom role that nobody holds")
            .permission("role:delete")
            .answers(example),
    ]
    .map(|endpoint| endpoint.tag(TAG))
    .into()
}

async fn list(call: Call, _: Input) -> Result<Json<Value>> {
    let views = organizations::list_roles(&call.app, &call.caller).await?;
    Ok(Json(json!({ "roles": views.iter().map(role).collect::<Vec<_>>() })))
}

async fn create(call: Call, input: Input<(), (), Create>) -> Result<Json<Value>> {
    Ok(answer(&organizations::create_role(&call.app, &call.caller, input.body.0).await?))
}

async fn read(call: Call, input: Input<Role>) -> Result<Json<Value>> {
    Ok(answer(&organizations::get_role(&call.app, &call.caller, input.params.id).await?))
}

async fn read_by_slug(call: Call, input: Input<BySlug>) -> Result<Json<Value>> {
    Ok(answer(&organizations::get_role_by_slug(&call.app, &call.caller, &input.params.slug).await?))
}

async fn update(call: Call, input: Input<Role, (), Update>) -> Result<Json<Value>> {
    Ok(answer(&organizations::update_role(&call.app, &call.caller, input.params.id, input.body.0).await?))
}

async fn remove(call: Call, input: Input<Role>) -> Result<Json<Value>> {
    Ok(answer(&organizations::delete_role(&call.app, &call.caller, input.params.id).await?))
}

fn answer(view: &OrgRoleView) -> Json<Value> {
    Json(json!({ "role": role(view) }))
}

fn role(OrgRoleView { role, permissions }: &OrgRoleView) -> Value {
    json!({
        "id": role.id,
        "name": role.name,
        "description": role.description,
        "slug": role.slug,
        "orgId": role.org_id,
        "permissions": permissions,
        "createdAt": timestamp(role.created_at_ms),
        "updatedAt": timestamp(role.updated_at_ms)
    })
}

fn example() -> Value {
    json!({ "role": {
        "id": "8192a3b4-c5d6-4e77-b081-92a3b4c5d6ee", "name": "Auditor", "description": null, "slug": "auditor",
        "orgId": "0a8c9e1d-7a40-4c1b-8a55-2f4a3c1d9e22",
        "permissions": [{ "subject": "audit-logs", "action": ["read"] }],
        "createdAt": "2026-01-31T10:20:30.123Z", "updatedAt": "2026-01-31T10:20:30.123Z"
    }})
}
