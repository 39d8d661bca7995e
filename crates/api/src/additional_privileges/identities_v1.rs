//! Privileges of machine identities by project slug and privilege slug, as older clients and the Terraform provider name them.

use keyferry_domain::Result;
use keyferry_domain::access::Rule;
use keyferry_domain::additional_privileges::{self, CreatePrivilege, Holder, UpdatePrivilege};
use keyferry_domain::memberships::Temporary;
use serde_json::{Value, json};

use super::fields::{slug, timing};
use super::identities::{BySlug, SlugPath};
use super::response;
use crate::endpoint::{Call, Endpoint, Input, Json, delete, get, patch, post};
use crate::wire::{Codec as _, Decode, Fields, any, boolean, list, object, text};

const ALL: &str = "/api/v1/additional-privilege/identity";
const ONE: &str = "/api/v1/additional-privilege/identity/{privilegeSlug}";

/// One rule, with a word of its own for the actions.
struct Permission(Rule);

impl Decode for Permission {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let subject = f.required("subject", text().trim().min(1));
        let action = f.required("actions", list(text().trim().min(1)).min(1).max(100));
        let is_object = |value: Value| match value {
            Value::Object(map) => Ok(map),
            _ => Err("Conditions are an object"),
        };
        let conditions = f.optional("conditions", any().try_map(is_object));
        Some(Self(Rule { subject: subject?, action: action?, inverted: false, conditions: conditions? }))
    }
}

/// The rules, in either spelling.
fn permissions(f: &mut Fields<'_>) -> Option<Option<Vec<Rule>>> {
    let many = f.optional("permissions", crate::project_roles::fields::rules());
    let one = f.optional("privilegePermission", object::<Permission>());
    Some(many?.or(one?.map(|one| vec![one.0])))
}

struct Create {
    place: BySlug,
    slug: Option<String>,
    permissions: Vec<Rule>,
}

impl Decode for Create {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let place = BySlug::decode(f);
        let slug = f.optional("slug", slug());
        let permissions = permissions(f);
        if permissions == Some(None) {
            f.custom(&["permissions"], "Required");
        }
        Some(Self { place: place?, slug: slug?, permissions: permissions?? })
    }
}

struct CreateTemporary {
    create: Create,
    temporary: Option<Temporary>,
}

impl Decode for CreateTemporary {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let create = Create::decode(f);
        let temporary = timing(f, Some(true));
        Some(Self { create: create?, temporary: temporary? })
    }
}

/// What to change.
struct Details(UpdatePrivilege);

impl Decode for Details {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let slug = f.optional("slug", slug());
        let permissions = permissions(f);
        let temporary = match f.optional("isTemporary", boolean()) {
            Some(None) => Some(None),
            is_temporary => timing(f, is_temporary.flatten()).map(Some),
        };
        Some(Self(UpdatePrivilege { slug: slug?, permissions: permissions?, temporary: temporary? }))
    }
}

struct Named {
    place: BySlug,
    privilege_slug: String,
}

impl Decode for Named {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let place = BySlug::decode(f);
        let privilege_slug = f.required("privilegeSlug", text().trim().min(1));
        Some(Self { place: place?, privilege_slug: privilege_slug? })
    }
}

struct Update {
    named: Named,
    details: Details,
}

impl Decode for Update {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let named = Named::decode(f);
        let details = f.required("privilegeDetails", object::<Details>());
        Some(Self { named: named?, details: details? })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let example = || json!({ "privilege": response::example_single_actions() });
    vec![
        post("/api/v1/additional-privilege/identity/permanent", create_permanent)
            .id("createPermanentIdentityPrivilege")
            .summary("Give a machine identity rules that do not end")
            .permission("identity:assign-additional-privileges")
            .answers(example),
        post("/api/v1/additional-privilege/identity/temporary", create_temporary)
            .id("createTemporaryIdentityPrivilege")
            .summary("Give a machine identity rules for a time")
            .permission("identity:assign-additional-privileges")
            .answers(example),
        get(ALL, list_all)
            .id("listIdentityPrivilegesBySlug")
            .summary("List the additional privileges of a machine identity, with their rules")
            .permission("identity:read")
            .answers(|| json!({ "privileges": [response::example_single_actions()] })),
        patch(ALL, update)
            .id("updateIdentityPrivilegeBySlug")
            .summary("Change an additional privilege of a machine identity by its slug")
            .permission("identity:assign-additional-privileges")
            .answers(example),
        delete(ALL, remove)
            .id("deleteIdentityPrivilegeBySlug")
            .summary("Take an additional privilege from a machine identity by its slug")
            .permission("identity:assign-additional-privileges")
            .answers(example),
        get(ONE, read)
            .id("getIdentityPrivilegeBySlug")
            .summary("Read an additional privilege of a machine identity by its slug")
            .permission("identity:read")
            .answers(example),
    ]
}

async fn create(call: &Call, create: Create, temporary: Option<Temporary>) -> Result<Json<Value>> {
    let target = create.place.target(call).await?;
    let privilege = CreatePrivilege { slug: create.slug, permissions: create.permissions, temporary };
    let view = additional_privileges::create(&call.app, &call.caller, target, privilege).await?;
    Ok(Json(json!({ "privilege": response::single_actions(&view) })))
}

async fn create_permanent(call: Call, input: Input<(), (), Create>) -> Result<Json<Value>> {
    create(&call, input.body, None).await
}

async fn create_temporary(call: Call, input: Input<(), (), CreateTemporary>) -> Result<Json<Value>> {
    create(&call, input.body.create, input.body.temporary).await
}

async fn list_all(call: Call, input: Input<(), BySlug>) -> Result<Json<Value>> {
    let target = input.query.target(&call).await?;
    let views = additional_privileges::list(&call.app, &call.caller, target).await?;
    Ok(Json(json!({ "privileges": views.iter().map(response::single_actions).collect::<Vec<_>>() })))
}

async fn read(call: Call, input: Input<SlugPath, BySlug>) -> Result<Json<Value>> {
    let target = input.query.target(&call).await?;
    let view = additional_privileges::find_by_slug(&call.app, &call.caller, target, &input.params.0).await?;
    Ok(Json(json!({ "privilege": response::single_actions(&view) })))
}

async fn update(call: Call, input: Input<(), (), Update>) -> Result<Json<Value>> {
    let Update { named, details } = input.body;
    let id = named.id(&call).await?;
    let view = additional_privileges::update(&call.app, &call.caller, Holder::Identity, id, details.0).await?;
    Ok(Json(json!({ "privilege": response::single_actions(&view) })))
}

async fn remove(call: Call, input: Input<(), (), Named>) -> Result<Json<Value>> {
    let id = input.body.id(&call).await?;
    let view = additional_privileges::delete(&call.app, &call.caller, Holder::Identity, id).await?;
    Ok(Json(json!({ "privilege": response::single_actions(&view) })))
}

impl Named {
    /// The privilege's id.
    async fn id(&self, call: &Call) -> Result<uuid::Uuid> {
        let target = self.place.target(call).await?;
        Ok(additional_privileges::find_by_slug(&call.app, &call.caller, target, &self.privilege_slug).await?.row.id)
    }
}
