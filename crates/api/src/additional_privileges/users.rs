//! Privileges of people, named by their membership in the project.

use keyferry_domain::Result;
use keyferry_domain::additional_privileges::{self, CreatePrivilege, Holder, Target};
use serde_json::{Value, json};
use uuid::Uuid;

use super::fields::{PrivilegePath, Type, Update, slug};
use super::response;
use crate::endpoint::{Call, Endpoint, Input, Json, delete, get, patch, post};
use crate::wire::{Decode, Fields, object, uuid};

const ALL: &str = "/api/v1/user-project-additional-privilege";
const ONE: &str = "/api/v1/user-project-additional-privilege/{privilegeId}";

struct Create {
    membership_id: Uuid,
    privilege: CreatePrivilege,
}

impl Decode for Create {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let membership_id = f.required("projectMembershipId", uuid());
        let slug = f.optional("slug", slug());
        let permissions = f.required("permissions", crate::project_roles::fields::rules());
        let temporary = f.required("type", object::<Type>());
        let privilege = CreatePrivilege { slug: slug?, permissions: permissions?, temporary: temporary?.0 };
        Some(Self { membership_id: membership_id?, privilege })
    }
}

struct Query {
    membership_id: Uuid,
}

impl Decode for Query {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("projectMembershipId", uuid()).map(|membership_id| Self { membership_id })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let example = || response::example("userId");
    vec![
        post(ALL, create)
            .id("createUserAdditionalPrivilege")
            .summary("Give a person of a project rules beside their roles")
            .permission("member:assign-additional-privileges")
            .answers(example),
        get(ALL, list)
            .id("listUserAdditionalPrivileges")
            .summary("List the additional privileges of a person")
            .permission("member:read")
            .answers(|| json!({ "privileges": [response::example_listed("userId")] })),
        get(ONE, read)
            .id("getUserAdditionalPrivilege")
            .summary("Read an additional privilege of a person")
            .permission("member:read")
            .answers(example),
        patch(ONE, update)
            .id("updateUserAdditionalPrivilege")
            .summary("Change an additional privilege of a person")
            .permission("member:assign-additional-privileges")
            .answers(example),
        delete(ONE, remove)
            .id("deleteUserAdditionalPrivilege")
            .summary("Take an additional privilege from a person")
            .permission("member:assign-additional-privileges")
            .answers(example),
    ]
}

async fn create(call: Call, input: Input<(), (), Create>) -> Result<Json<Value>> {
    let Create { membership_id, privilege } = input.body;
    let target = Target::User { membership_id };
    Ok(Json(response::privilege(&additional_privileges::create(&call.app, &call.caller, target, privilege).await?)))
}

async fn list(call: Call, input: Input<(), Query>) -> Result<Json<Value>> {
    let target = Target::User { membership_id: input.query.membership_id };
    let views = additional_privileges::list(&call.app, &call.caller, target).await?;
    Ok(Json(json!({ "privileges": views.iter().map(response::listed).collect::<Vec<_>>() })))
}

async fn read(call: Call, input: Input<PrivilegePath>) -> Result<Json<Value>> {
    Ok(Json(response::privilege(&additional_privileges::get(&call.app, &call.caller, Holder::User, input.params.0).await?)))
}

async fn update(call: Call, input: Input<PrivilegePath, (), Update>) -> Result<Json<Value>> {
    let id = input.params.0;
    let view = additional_privileges::update(&call.app, &call.caller, Holder::User, id, input.body.0).await?;
    Ok(Json(response::privilege(&view)))
}

async fn remove(call: Call, input: Input<PrivilegePath>) -> Result<Json<Value>> {
    Ok(Json(response::privilege(&additional_privileges::delete(&call.app, &call.caller, Holder::User, input.params.0).await?)))
}
