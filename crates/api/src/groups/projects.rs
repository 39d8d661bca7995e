//! Groups in a project: two families of paths, one behaviour.

use keyferry_domain::memberships::GrantInput;
use keyferry_domain::{Result, groups};
use serde_json::{Value, json};
use uuid::Uuid;

use super::response;
use crate::endpoint::{Call, Endpoint, Input, Json, delete, get, patch, post};
use crate::memberships::fields::{Project, Roles, grants};
use crate::wire::{Decode, Fields, text, uuid};

struct Params {
    project_id: Uuid,
    group_id: Uuid,
}

impl Decode for Params {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project_id = f.required("projectId", uuid());
        let group_id = f.required("groupId", uuid());
        Some(Self { project_id: project_id?, group_id: group_id? })
    }
}

/// A group that is to join is named by its id or its name.
struct Named {
    project_id: Uuid,
    group: String,
}

impl Decode for Named {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project_id = f.required("projectId", uuid());
        let group = f.required("groupId", text().trim().min(1));
        Some(Self { project_id: project_id?, group: group? })
    }
}

/// `roles` wins over the older `role`.
struct Add(Vec<GrantInput>);

impl Decode for Add {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let role = f.default("role", text().trim().min(1), "no-access");
        let roles = f.optional("roles", grants());
        let role = role?;
        Some(Self(roles?.unwrap_or_else(|| vec![GrantInput::permanent(role)])))
    }
}

/// One family of paths: the list's, one group's, and whether the description shows it.
const FAMILIES: [(&str, &str, bool); 2] = [
    ("/api/v1/projects/{projectId}/groups", "/api/v1/projects/{projectId}/groups/{groupId}", true),
    ("/api/v2/workspace/{projectId}/groups", "/api/v2/workspace/{projectId}/groups/{groupId}", false),
];

pub(super) fn endpoints() -> Vec<Endpoint> {
    let one = || json!({ "groupMembership": response::example_in_project() });
    FAMILIES
        .into_iter()
        .flat_map(|(all, single, is_shown)| {
            [
                post(single, add)
                    .id("addProjectGroup")
                    .summary("Make a group a member of the project")
                    .permission("groups:create")
                    .answers(one),
                patch(single, update)
                    .id("updateProjectGroupRoles")
                    .summary("Replace the roles of a group in the project")
                    .permission("groups:edit")
                    .answers(|| json!({ "roles": [crate::memberships::response::example_role()] })),
                delete(single, remove)
                    .id("removeProjectGroup")
                    .summary("Take a group out of the project")
                    .permission("groups:delete")
                    .answers(one),
                get(single, read)
                    .id("getProjectGroupMembership")
                    .summary("Read a group's membership in the project")
                    .permission("groups:read")
                    .answers(one),
                get(all, list)
                    .id("listProjectGroupMemberships")
                    .summary("List the groups in the project")
                    .permission("groups:read")
                    .answers(|| json!({ "groupMemberships": [response::example_in_project()] })),
            ]
            .map(|endpoint| if is_shown { endpoint } else { endpoint.hidden() })
        })
        .collect()
}

async fn add(call: Call, input: Input<Named, (), Add>) -> Result<Json<Value>> {
    let Named { project_id, group } = input.params;
    let view = groups::add_to_project(&call.app, &call.caller, project_id, &group, input.body.0).await?;
    Ok(Json(json!({ "groupMembership": response::in_project(&view) })))
}

async fn update(call: Call, input: Input<Params, (), Roles>) -> Result<Json<Value>> {
    let Params { project_id, group_id } = input.params;
    let view = groups::update_roles_in_project(&call.app, &call.caller, project_id, group_id, input.body.roles).await?;
    Ok(Json(json!({ "roles": crate::memberships::response::roles(&view.roles), "groupMembership": response::in_project(&view) })))
}

async fn remove(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    let Params { project_id, group_id } = input.params;
    let view = groups::remove_from_project(&call.app, &call.caller, project_id, group_id).await?;
    Ok(Json(json!({ "groupMembership": response::in_project(&view) })))
}

async fn read(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    let Params { project_id, group_id } = input.params;
    let view = groups::get_in_project(&call.app, &call.caller, project_id, group_id).await?;
    Ok(Json(json!({ "groupMembership": response::in_project(&view) })))
}

async fn list(call: Call, input: Input<Project>) -> Result<Json<Value>> {
    let views = groups::list_in_project(&call.app, &call.caller, input.params.id).await?;
    Ok(Json(json!({ "groupMemberships": views.iter().map(response::in_project).collect::<Vec<_>>() })))
}
