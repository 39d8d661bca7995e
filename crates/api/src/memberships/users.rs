//! People in a project (core API contract, section 7.3).

use keyferry_domain::Result;
use keyferry_domain::memberships;
use serde_json::{Value, json};
use uuid::Uuid;

use super::fields::{Project, Roles};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete, get, patch, post};
use crate::wire::{Decode, Fields, list, text, uuid};

struct MembershipParams {
    project_id: Uuid,
    membership_id: Uuid,
}

impl Decode for MembershipParams {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project_id = f.required("projectId", uuid());
        let membership_id = f.required("membershipId", uuid());
        Some(Self { project_id: project_id?, membership_id: membership_id? })
    }
}

struct UserParams {
    project_id: Uuid,
    user_id: Uuid,
}

impl Decode for UserParams {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project_id = f.required("projectId", uuid());
        let user_id = f.required("userId", uuid());
        Some(Self { project_id: project_id?, user_id: user_id? })
    }
}

/// Mail addresses and sign-in names are one here.
struct People {
    names: Vec<String>,
}

impl Decode for People {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let emails = f.optional("emails", list(text().trim().min(1)).max(500));
        let usernames = f.optional("usernames", list(text().trim().min(1)).max(500));
        let mut names = emails?.unwrap_or_default();
        names.extend(usernames?.unwrap_or_default());
        Some(Self { names })
    }
}

struct Add {
    names: Vec<String>,
    role_slugs: Vec<String>,
}

impl Decode for Add {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let people = People::decode(f);
        let role_slugs = f.optional("roleSlugs", list(text().trim().min(1)).min(1).max(100));
        let people = people?;
        Some(Self { names: people.names, role_slugs: role_slugs?.unwrap_or_else(|| vec!["member".to_owned()]) })
    }
}

struct Named {
    username: String,
}

impl Decode for Named {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let username = f.required("username", text().trim().min(1));
        Some(Self { username: username? })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let rows = || json!({ "memberships": [response::example_row()] });
    let many = || json!({ "memberships": [response::example_user()] });
    let one = || json!({ "membership": response::example_user() });
    let mut endpoints = Vec::new();
    for (path, is_shown) in
        [("/api/v1/projects/{projectId}/memberships", true), ("/api/v2/workspace/{projectId}/memberships", false)]
    {
        let add = post(path, add)
            .id("addProjectUsers")
            .summary("Make users of the organization members of the project")
            .permission("member:create")
            .answers(rows);
        let remove = delete(path, remove)
            .id("removeProjectUsers")
            .summary("Take users out of the project")
            .permission("member:delete")
            .answers(rows);
        endpoints.extend([add, remove].map(|endpoint| if is_shown { endpoint } else { endpoint.hidden() }));
    }
    for (path, is_shown) in
        [("/api/v1/projects/{projectId}/memberships", true), ("/api/v1/workspace/{projectId}/memberships", false)]
    {
        let list = get(path, read_all)
            .id("listProjectUserMemberships")
            .summary("List the people in the project with their roles")
            .permission("member:read")
            .answers(many);
        endpoints.push(if is_shown { list } else { list.hidden() });
    }
    for (path, is_shown) in [
        ("/api/v1/projects/{projectId}/memberships/{membershipId}", true),
        ("/api/v1/workspace/{projectId}/memberships/{membershipId}", false),
    ] {
        let change = patch(path, update)
            .id("updateProjectUserRoles")
            .summary("Replace the roles of a person in the project")
            .permission("member:edit")
            .answers(|| json!({ "roles": [response::example_role()] }));
        let remove = delete(path, remove_one)
            .id("removeProjectUser")
            .summary("Take a person out of the project")
            .permission("member:delete")
            .answers(|| json!({ "membership": response::example_row() }));
        endpoints.extend([change, remove].map(|endpoint| if is_shown { endpoint } else { endpoint.hidden() }));
    }
    for (path, is_shown) in
        [("/api/v1/projects/{projectId}/memberships/details", true), ("/api/v1/workspace/{projectId}/memberships/details", false)]
    {
        let details = post(path, find)
            .id("getProjectUserByName")
            .summary("Find a person in the project by name")
            .permission("member:read")
            .answers(one);
        endpoints.push(if is_shown { details } else { details.hidden() });
    }
    endpoints.push(
        get("/api/v1/projects/{projectId}/user/{userId}/membership", read)
            .id("getProjectUserMembership")
            .summary("Read a person's membership in the project")
            .permission("member:read")
            .answers(one),
    );
    for (path, is_shown) in [("/api/v1/projects/{projectId}/users", true), ("/api/v1/workspace/{projectId}/users", false)] {
        let users = get(path, people)
            .id("listProjectUsers")
            .summary("List the people in the project")
            .permission("member:read")
            .answers(|| json!({ "users": [response::example_user()] }));
        endpoints.push(if is_shown { users } else { users.hidden() });
    }
    endpoints.into_iter().map(|endpoint| endpoint.tag(TAG)).collect()
}

async fn add(call: Call, input: Input<Project, (), Add>) -> Result<Json<Value>> {
    let Add { names, role_slugs } = input.body;
    let rows = memberships::add_users(&call.app, &call.caller, input.params.id, &names, role_slugs).await?;
    Ok(Json(json!({ "memberships": rows.iter().map(response::row).collect::<Vec<_>>() })))
}

async fn remove(call: Call, input: Input<Project, (), People>) -> Result<Json<Value>> {
    let rows = memberships::remove_users(&call.app, &call.caller, input.params.id, &input.body.names).await?;
    Ok(Json(json!({ "memberships": rows.iter().map(response::row).collect::<Vec<_>>() })))
}

async fn read_all(call: Call, input: Input<Project>) -> Result<Json<Value>> {
    let views = memberships::list_users(&call.app, &call.caller, input.params.id).await?;
    Ok(Json(json!({ "memberships": views.iter().map(response::user).collect::<Vec<_>>() })))
}

async fn update(call: Call, input: Input<MembershipParams, (), Roles>) -> Result<Json<Value>> {
    let MembershipParams { project_id, membership_id } = input.params;
    let view = memberships::update_user_roles(&call.app, &call.caller, project_id, membership_id, input.body.roles).await?;
    Ok(Json(json!({ "roles": response::roles(&view.roles) })))
}

async fn remove_one(call: Call, input: Input<MembershipParams>) -> Result<Json<Value>> {
    let MembershipParams { project_id, membership_id } = input.params;
    let row = memberships::remove_user(&call.app, &call.caller, project_id, membership_id).await?;
    Ok(Json(json!({ "membership": response::row(&row) })))
}

async fn find(call: Call, input: Input<Project, (), Named>) -> Result<Json<Value>> {
    let view = memberships::find_user(&call.app, &call.caller, input.params.id, &input.body.username).await?;
    Ok(Json(json!({ "membership": response::user(&view) })))
}

async fn read(call: Call, input: Input<UserParams>) -> Result<Json<Value>> {
    let view = memberships::get_user(&call.app, &call.caller, input.params.project_id, input.params.user_id).await?;
    Ok(Json(json!({ "membership": response::user(&view) })))
}

async fn people(call: Call, input: Input<Project>) -> Result<Json<Value>> {
    let views = memberships::list_users(&call.app, &call.caller, input.params.id).await?;
    Ok(Json(json!({ "users": views.iter().map(response::user).collect::<Vec<_>>() })))
}
