//! The routes, in the three families of paths that clients use.

use keyferry_domain::{Result, project_roles};
use serde_json::{Value, json};

use super::TAG;
use super::fields::{self, BySlug, Create, InProject, Project, Role, Update};
use crate::endpoint::{Call, Endpoint, Input, Json, delete, get, patch, post};

/// One family: the list's path, one role's, one role's by slug, and whether the description shows it.
type Family = (&'static str, &'static str, &'static str, bool);

const FAMILIES: [Family; 3] = [
    (
        "/api/v1/projects/{project}/roles",
        "/api/v1/projects/{project}/roles/{roleId}",
        "/api/v1/projects/{project}/roles/slug/{slug}",
        true,
    ),
    (
        "/api/v2/workspace/{project}/roles",
        "/api/v2/workspace/{project}/roles/{roleId}",
        "/api/v2/workspace/{project}/roles/slug/{slug}",
        false,
    ),
    (
        "/api/v1/workspace/{project}/roles",
        "/api/v1/workspace/{project}/roles/{roleId}",
        "/api/v1/workspace/{project}/roles/slug/{slug}",
        false,
    ),
];

pub(super) fn endpoints() -> Vec<Endpoint> {
    let by_id = get("/api/v1/projects/roles/{roleId}", read)
        .id("getProjectRoleById")
        .tag(TAG)
        .summary("Read a custom role by its id")
        .permission("role:read")
        .answers(fields::example);
    FAMILIES.into_iter().flat_map(family).chain([by_id]).collect()
}

fn family((all, single, by_slug, is_shown): Family) -> Vec<Endpoint> {
    [
        post(all, create)
            .id("createProjectRole")
            .summary("Make a custom role")
            .permission("role:create")
            .answers(fields::example),
        get(all, list)
            .id("listProjectRoles")
            .summary("List the custom roles")
            .permission("role:read")
            .answers(|| json!({ "roles": [fields::example_listed()] })),
        patch(single, update)
            .id("updateProjectRole")
            .summary("Change a custom role")
            .permission("role:edit")
            .answers(fields::example),
        delete(single, remove)
            .id("deleteProjectRole")
            .summary("Delete a custom role and take it from everybody")
            .permission("role:delete")
            .answers(fields::example),
        get(by_slug, read_by_slug)
            .id("getProjectRoleBySlug")
            .summary("Read a role by its slug")
            .permission("role:read")
            .answers(fields::example),
    ]
    .into_iter()
    .map(|endpoint| if is_shown { endpoint.tag(TAG) } else { endpoint.tag(TAG).hidden() })
    .collect()
}

async fn create(call: Call, input: Input<Project, (), Create>) -> Result<Json<Value>> {
    let project_id = input.params.id(&call).await?;
    Ok(Json(fields::role(&project_roles::create(&call.app, &call.caller, project_id, input.body.0).await?)))
}

async fn list(call: Call, input: Input<Project>) -> Result<Json<Value>> {
    let project_id = input.params.id(&call).await?;
    let roles = project_roles::list(&call.app, &call.caller, project_id).await?;
    Ok(Json(json!({ "roles": roles.iter().map(fields::listed).collect::<Vec<_>>() })))
}

async fn update(call: Call, input: Input<InProject, (), Update>) -> Result<Json<Value>> {
    let project_id = input.params.project.id(&call).await?;
    let view = project_roles::update(&call.app, &call.caller, project_id, input.params.role_id, input.body.0).await?;
    Ok(Json(fields::role(&view)))
}

async fn remove(call: Call, input: Input<InProject>) -> Result<Json<Value>> {
    let project_id = input.params.project.id(&call).await?;
    let view = project_roles::delete(&call.app, &call.caller, project_id, input.params.role_id).await?;
    Ok(Json(fields::role(&view)))
}

async fn read(call: Call, input: Input<Role>) -> Result<Json<Value>> {
    Ok(Json(fields::role(&project_roles::get(&call.app, &call.caller, input.params.id).await?)))
}

async fn read_by_slug(call: Call, input: Input<BySlug>) -> Result<Json<Value>> {
    let project_id = input.params.project.id(&call).await?;
    let view = project_roles::get_by_slug(&call.app, &call.caller, project_id, &input.params.slug).await?;
    Ok(Json(fields::role(&view)))
}
