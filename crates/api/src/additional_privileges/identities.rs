//! Privileges of machine identities.

use keyferry_domain::additional_privileges::{self, CreatePrivilege, Holder, Target};
use keyferry_domain::{Result, projects};
use serde_json::{Value, json};
use uuid::Uuid;

use super::fields::{PrivilegePath, Type, Update, slug};
use super::response;
use crate::endpoint::{Call, Endpoint, Input, Json, delete, get, patch, post};
use crate::wire::{Decode, Fields, object, text, uuid};

const ALL: &str = "/api/v2/identity-project-additional-privilege";
const ONE: &str = "/api/v2/identity-project-additional-privilege/{privilegeId}";
const BY_SLUG: &str = "/api/v2/identity-project-additional-privilege/slug/{privilegeSlug}";

struct Create {
    identity_id: Uuid,
    project_id: Uuid,
    privilege: CreatePrivilege,
}

impl Decode for Create {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let identity_id = f.required("identityId", uuid());
        let project_id = f.required("projectId", uuid());
        let slug = f.optional("slug", slug());
        let permissions = f.required("permissions", crate::project_roles::fields::rules());
        let temporary = f.required("type", object::<Type>());
        let privilege = CreatePrivilege { slug: slug?, permissions: permissions?, temporary: temporary?.0 };
        Some(Self { identity_id: identity_id?, project_id: project_id?, privilege })
    }
}

struct Query {
    identity_id: Uuid,
    project_id: Uuid,
}

impl Decode for Query {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let identity_id = f.required("identityId", uuid());
        let project_id = f.required("projectId", uuid());
        Some(Self { identity_id: identity_id?, project_id: project_id? })
    }
}

/// A privilege by its slug.
pub(super) struct SlugPath(pub String);

impl Decode for SlugPath {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("privilegeSlug", text().trim().min(1)).map(Self)
    }
}

/// A machine identity in a project named by its slug.
pub(super) struct BySlug {
    pub identity_id: Uuid,
    pub project_slug: String,
}

impl Decode for BySlug {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let identity_id = f.required("identityId", uuid());
        let project_slug = f.required("projectSlug", text().trim().min(1));
        Some(Self { identity_id: identity_id?, project_slug: project_slug? })
    }
}

impl BySlug {
    /// The member.
    pub async fn target(&self, call: &Call) -> Result<Target> {
        let project = projects::find_by_slug(call.app.db.read(), &call.caller, &self.project_slug).await?;
        Ok(Target::Identity { project_id: project.id, identity_id: self.identity_id })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let example = || response::example("identityId");
    vec![
        post(ALL, create)
            .id("createIdentityAdditionalPrivilege")
            .summary("Give a machine identity of a project rules beside its roles")
            .permission("identity:assign-additional-privileges")
            .answers(example),
        get(ALL, list)
            .id("listIdentityAdditionalPrivileges")
            .summary("List the additional privileges of a machine identity")
            .permission("identity:read")
            .answers(|| json!({ "privileges": [response::example_listed("identityId")] })),
        get(BY_SLUG, read_by_slug)
            .id("getIdentityAdditionalPrivilegeBySlug")
            .summary("Read an additional privilege of a machine identity by its slug")
            .permission("identity:read")
            .answers(example),
        get(ONE, read)
            .id("getIdentityAdditionalPrivilege")
            .summary("Read an additional privilege of a machine identity")
            .permission("identity:read")
            .answers(example),
        patch(ONE, update)
            .id("updateIdentityAdditionalPrivilege")
            .summary("Change an additional privilege of a machine identity")
            .permission("identity:assign-additional-privileges")
            .answers(example),
        delete(ONE, remove)
            .id("deleteIdentityAdditionalPrivilege")
            .summary("Take an additional privilege from a machine identity")
            .permission("identity:assign-additional-privileges")
            .answers(example),
    ]
}

async fn create(call: Call, input: Input<(), (), Create>) -> Result<Json<Value>> {
    let Create { identity_id, project_id, privilege } = input.body;
    let target = Target::Identity { project_id, identity_id };
    Ok(Json(response::privilege(&additional_privileges::create(&call.app, &call.caller, target, privilege).await?)))
}

async fn list(call: Call, input: Input<(), Query>) -> Result<Json<Value>> {
    let Query { identity_id, project_id } = input.query;
    let views = additional_privileges::list(&call.app, &call.caller, Target::Identity { project_id, identity_id }).await?;
    Ok(Json(json!({ "privileges": views.iter().map(response::listed).collect::<Vec<_>>() })))
}

async fn read(call: Call, input: Input<PrivilegePath>) -> Result<Json<Value>> {
    Ok(Json(response::privilege(&additional_privileges::get(&call.app, &call.caller, Holder::Identity, input.params.0).await?)))
}

async fn read_by_slug(call: Call, input: Input<SlugPath, BySlug>) -> Result<Json<Value>> {
    let target = input.query.target(&call).await?;
    let view = additional_privileges::find_by_slug(&call.app, &call.caller, target, &input.params.0).await?;
    Ok(Json(response::privilege(&view)))
}

async fn update(call: Call, input: Input<PrivilegePath, (), Update>) -> Result<Json<Value>> {
    let id = input.params.0;
    let view = additional_privileges::update(&call.app, &call.caller, Holder::Identity, id, input.body.0).await?;
    Ok(Json(response::privilege(&view)))
}

async fn remove(call: Call, input: Input<PrivilegePath>) -> Result<Json<Value>> {
    let view = additional_privileges::delete(&call.app, &call.caller, Holder::Identity, input.params.0).await?;
    Ok(Json(response::privilege(&view)))
}
