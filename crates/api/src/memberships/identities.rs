//! Identities in a project: three families of paths, one behaviour (core API contract, section 7.1).

use keyferry_domain::Result;
use keyferry_domain::memberships::{self, GrantInput, IdentityPage};
use serde_json::{Value, json};
use uuid::Uuid;

use super::fields::{Project, Roles, grants};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete, get, patch, post};
use crate::wire::{Codec as _, Decode, Fields, enumeration, int_text, text, uuid};

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

struct MembershipParams {
    id: Uuid,
}

impl Decode for MembershipParams {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let id = f.required("membershipId", uuid());
        Some(Self { id: id? })
    }
}

/// `roles` wins over the older `role`.
struct Add {
    grants: Vec<GrantInput>,
}

impl Decode for Add {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let role = f.default("role", text().trim().min(1), "no-access");
        let roles = f.optional("roles", grants());
        let role = role?;
        Some(Self { grants: roles?.unwrap_or_else(|| vec![GrantInput::permanent(role)]) })
    }
}

struct Query(IdentityPage);

impl Decode for Query {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let offset = f.default("offset", int_text().min(0).blank_is_absent(), 0);
        let limit = f.optional("limit", int_text().min(1).max(20_000).blank_is_absent());
        let _order_by = f.optional("orderBy", enumeration(&["name"]).blank_is_absent());
        let direction = f.default("orderDirection", enumeration(&["asc", "desc"]).blank_is_absent(), "asc");
        let search = f.optional("search", text().trim().blank_is_absent());
        Some(Self(IdentityPage {
            search: search?,
            offset: usize::try_from(offset?).unwrap_or_default(),
            limit: limit?.and_then(|limit| usize::try_from(limit).ok()),
            descending: direction? == "desc",
        }))
    }
}

/// One family of paths: the list's, one identity's, and whether the description shows it.
type Family = (&'static str, &'static str, bool);

const FAMILIES: [Family; 3] = [
    (
        "/api/v1/projects/{projectId}/memberships/identities",
        "/api/v1/projects/{projectId}/memberships/identities/{identityId}",
        true,
    ),
    (
        "/api/v1/projects/{projectId}/identity-memberships",
        "/api/v1/projects/{projectId}/identity-memberships/{identityId}",
        false,
    ),
    (
        "/api/v2/workspace/{projectId}/identity-memberships",
        "/api/v2/workspace/{projectId}/identity-memberships/{identityId}",
        false,
    ),
];

pub(super) fn endpoints() -> Vec<Endpoint> {
    let by_id = get("/api/v2/workspace/identity-memberships/{membershipId}", read_by_id)
        .id("getProjectIdentityMembershipById")
        .tag(TAG)
        .summary("Read an identity's membership by its own id")
        .permission("identity:read")
        .answers(one);
    FAMILIES.into_iter().flat_map(family).chain([by_id]).collect()
}

fn one() -> Value {
    json!({ "identityMembership": response::example_identity() })
}

fn family((all, single, is_shown): Family) -> Vec<Endpoint> {
    let shown = |endpoint: Endpoint| if is_shown { endpoint } else { endpoint.hidden() };
    [
        post(single, add)
            .id("addProjectIdentity")
            .summary("Make an identity a member of the project")
            .permission("identity:create")
            .answers(|| json!({ "identityMembership": response::example_row() })),
        patch(single, update)
            .id("updateProjectIdentityRoles")
            .summary("Replace the roles of an identity in the project")
            .permission("identity:edit")
            .answers(|| json!({ "roles": [response::example_role()], "identityMembership": response::example_identity() })),
        delete(single, remove)
            .id("removeProjectIdentity")
            .summary("Take an identity out of the project")
            .permission("identity:delete")
            .answers(|| json!({ "identityMembership": response::example_row() })),
        get(single, read)
            .id("getProjectIdentityMembership")
            .summary("Read an identity's membership in the project")
            .permission("identity:read")
            .answers(one),
        get(all, list)
            .id("listProjectIdentityMemberships")
            .summary("List the identities in the project")
            .permission("identity:read")
            .answers(|| json!({ "identityMemberships": [response::example_identity()], "totalCount": 1 })),
    ]
    .into_iter()
    .map(|endpoint| shown(endpoint.tag(TAG)))
    .collect()
}

async fn add(call: Call, input: Input<Params, (), Add>) -> Result<Json<Value>> {
    let Params { project_id, identity_id } = input.params;
    let view = memberships::add_identity(&call.app, &call.caller, project_id, identity_id, input.body.grants).await?;
    Ok(Json(json!({ "identityMembership": response::row(&view.membership) })))
}

async fn update(call: Call, input: Input<Params, (), Roles>) -> Result<Json<Value>> {
    let Params { project_id, identity_id } = input.params;
    let view = memberships::update_identity_roles(&call.app, &call.caller, project_id, identity_id, input.body.roles).await?;
    Ok(Json(json!({ "roles": response::roles(&view.roles), "identityMembership": response::identity(&view) })))
}

async fn remove(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    let Params { project_id, identity_id } = input.params;
    let view = memberships::remove_identity(&call.app, &call.caller, project_id, identity_id).await?;
    Ok(Json(json!({ "identityMembership": response::row(&view.membership) })))
}

async fn read(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    let Params { project_id, identity_id } = input.params;
    let view = memberships::get_identity(&call.app, &call.caller, project_id, identity_id).await?;
    Ok(Json(json!({ "identityMembership": response::identity(&view) })))
}

async fn read_by_id(call: Call, input: Input<MembershipParams>) -> Result<Json<Value>> {
    let view = memberships::find_membership(&call.app, &call.caller, input.params.id).await?;
    Ok(Json(json!({ "identityMembership": response::identity(&view) })))
}

async fn list(call: Call, input: Input<Project, Query>) -> Result<Json<Value>> {
    let (views, total) = memberships::list_identities(&call.app, &call.caller, input.params.id, input.query.0).await?;
    Ok(Json(json!({ "identityMemberships": views.iter().map(response::identity).collect::<Vec<_>>(), "totalCount": total })))
}
