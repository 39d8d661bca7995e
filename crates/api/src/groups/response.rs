//! Groups on the wire.

use keyferry_domain::groups::{GroupIdentity, GroupMember, GroupView};
use keyferry_domain::identities::Identity;
use keyferry_domain::memberships::MembershipView;
use keyferry_domain::users::User;
use serde_json::{Value, json};

use crate::memberships::response::roles;
use crate::wire::timestamp;

/// A group.
pub(super) fn group(view: &GroupView) -> Value {
    let row = &view.group;
    let mut body = json!({
        "id": row.id,
        "orgId": row.org_id,
        "name": row.name,
        "slug": row.slug,
        "role": row.role,
        "roleId": row.role_id,
        "createdAt": timestamp(row.created_at_ms),
        "updatedAt": timestamp(row.updated_at_ms),
    });
    if let Some(role) = &view.custom_role {
        body["customRoleSlug"] = json!(role.slug);
        body["customRole"] = json!({ "id": role.id, "name": role.name, "slug": role.slug, "description": role.description });
    }
    body
}

/// A person.
pub(super) fn user(user: &User) -> Value {
    json!({
        "id": user.id, "username": user.username, "email": user.email, "firstName": user.first_name, "lastName": user.last_name
    })
}

/// A person of the organization, with whether they are in the group.
pub(super) fn member(member: &GroupMember) -> Value {
    let mut body = user(&member.user);
    body["isPartOfGroup"] = json!(member.joined_at_ms.is_some());
    body["joinedGroupAt"] = json!(member.joined_at_ms.map(timestamp));
    body
}

/// A machine identity.
pub(super) fn identity(identity: &Identity) -> Value {
    json!({ "id": identity.id, "name": identity.name })
}

/// A machine identity of the organization, with whether it is in the group.
pub(super) fn group_identity(member: &GroupIdentity) -> Value {
    let mut body = identity(&member.identity);
    body["isPartOfGroup"] = json!(member.joined_at_ms.is_some());
    body["joinedGroupAt"] = json!(member.joined_at_ms.map(timestamp));
    body
}

/// The group's membership in a project.
pub(super) fn in_project(view: &MembershipView) -> Value {
    let row = &view.membership;
    json!({
        "id": row.id,
        "groupId": row.group_id,
        "projectId": row.project_id,
        "createdAt": timestamp(row.created_at_ms),
        "updatedAt": timestamp(row.updated_at_ms),
        "roles": roles(&view.roles),
        "group": view.group.as_ref().map(|group| json!({ "id": group.id, "name": group.name, "slug": group.slug })),
        "project": { "id": view.project.id, "name": view.project.name, "type": view.project.r#type },
    })
}

pub(super) fn example() -> Value {
    json!({
        "id": "3a4b5c6d-7e8f-4a0b-9c1d-2e3f40516273",
        "orgId": "0a8c9e1d-7a40-4c1b-8a55-2f4a3c1d9e22",
        "name": "Operations",
        "slug": "operations",
        "role": "no-access",
        "roleId": null,
        "createdAt": "2026-01-31T10:20:30.123Z",
        "updatedAt": "2026-01-31T10:20:30.123Z"
    })
}

pub(super) fn example_user() -> Value {
    json!({
        "id": "4f2b7c1e-0d7e-4a52-9d2e-3c6a0f0f6b11", "username": "ada@example.com", "email|null": "ada@example.com",
        "firstName|null": "Ada", "lastName|null": null
    })
}

pub(super) fn example_identity() -> Value {
    json!({ "id": "5a6b7c8d-9e0f-4a1b-8c2d-3e4f5a6b7c8d", "name": "deploy" })
}

pub(super) fn example_in_project() -> Value {
    json!({
        "id": "6f708192-a3b4-4c55-9e6f-708192a3b4cc",
        "groupId": "3a4b5c6d-7e8f-4a0b-9c1d-2e3f40516273",
        "projectId": "708192a3-b4c5-4d66-af70-8192a3b4c5dd",
        "createdAt": "2026-01-31T10:20:30.123Z",
        "updatedAt": "2026-01-31T10:20:30.123Z",
        "roles": [crate::memberships::response::example_role()],
        "group": { "id": "3a4b5c6d-7e8f-4a0b-9c1d-2e3f40516273", "name": "Operations", "slug": "operations" },
        "project": { "id": "708192a3-b4c5-4d66-af70-8192a3b4c5dd", "name": "demo", "type": "secret-manager" }
    })
}
