//! Identities on the wire.

use keyferry_domain::identities::IdentityView;
use keyferry_domain::memberships::MembershipView;
use serde_json::{Value, json};

use crate::memberships::response::roles;
use crate::wire::timestamp;

/// The identity itself, as creating, changing and deleting answer.
pub(super) fn identity(view: &IdentityView) -> Value {
    let row = &view.identity;
    let mut body = json!({
        "id": row.id,
        "name": row.name,
        "orgId": row.org_id,
        "hasDeleteProtection": row.has_delete_protection,
        "createdAt": timestamp(row.created_at_ms),
        "updatedAt": timestamp(row.updated_at_ms),
        "authMethods": view.auth_methods,
        "metadata": metadata(view),
        "activeLockoutAuthMethods": view.locked_auth_methods
    });
    if let Some(project_id) = row.project_id {
        body["projectId"] = json!(project_id);
    }
    body
}

/// The identity's membership in the organization, as reading answers.
pub(super) fn membership(view: &IdentityView) -> Value {
    let IdentityView { identity, membership, .. } = view;
    let mut body = json!({
        "id": membership.id,
        "role": membership.role,
        "roleId": membership.role_id,
        "orgId": membership.org_id,
        "identityId": identity.id,
        "createdAt": timestamp(membership.created_at_ms),
        "updatedAt": timestamp(membership.updated_at_ms),
        "lastLoginAuthMethod": membership.last_login_auth_method,
        "lastLoginTime": membership.last_login_at_ms.map(timestamp),
        "metadata": metadata(view),
        "identity": {
            "id": identity.id, "name": identity.name, "orgId": identity.org_id, "projectId": identity.project_id,
            "authMethods": view.auth_methods, "hasDeleteProtection": identity.has_delete_protection,
            "activeLockoutAuthMethods": view.locked_auth_methods
        }
    });
    if let Some(role) = &view.custom_role {
        let permissions: Value = serde_json::from_str(&role.permissions).unwrap_or_default();
        body["customRole"] = json!({
            "id": role.id, "name": role.name, "slug": role.slug, "permissions": permissions, "description": role.description
        });
    }
    body
}

/// A membership in a project.
pub(super) fn in_project(view: &MembershipView) -> Value {
    let row = &view.membership;
    json!({
        "id": row.id,
        "identityId": row.identity_id,
        "createdAt": timestamp(row.created_at_ms),
        "updatedAt": timestamp(row.updated_at_ms),
        "roles": roles(&view.roles),
        "identity": view.identity.as_ref().map(|identity| json!({
            "id": identity.id, "name": identity.name, "authMethods": view.auth_methods
        })),
        "project": { "id": view.project.id, "name": view.project.name, "type": view.project.r#type }
    })
}

fn metadata(view: &IdentityView) -> Vec<Value> {
    view.metadata.iter().map(|entry| json!({ "id": entry.id, "key": entry.key, "value": entry.value })).collect()
}

/// For the description, as [`in_project`].
pub(super) fn example_in_project() -> Value {
    let mut example = crate::memberships::response::example_identity();
    if let Some(fields) = example.as_object_mut() {
        fields.remove("projectId");
    }
    example
}

pub(super) fn example() -> Value {
    json!({
        "id": "b7c9d1e3-5a2f-4e8b-9c41-6d0e2f3a4b33", "name": "ci", "orgId": "0a8c9e1d-7a40-4c1b-8a55-2f4a3c1d9e22",
        "hasDeleteProtection": false, "createdAt": "2026-01-31T10:20:30.123Z", "updatedAt": "2026-01-31T10:20:30.123Z",
        "authMethods": ["universal-auth"], "metadata": [{ "id": "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e55", "key": "team", "value": "web" }],
        "activeLockoutAuthMethods": []
    })
}

pub(super) fn example_membership() -> Value {
    json!({
        "id": "7d1f0c52-92b4-4d0f-8a5e-1b2c3d4e5f44", "role": "member", "roleId": null,
        "orgId": "0a8c9e1d-7a40-4c1b-8a55-2f4a3c1d9e22", "identityId": "b7c9d1e3-5a2f-4e8b-9c41-6d0e2f3a4b33",
        "createdAt": "2026-01-31T10:20:30.123Z", "updatedAt": "2026-01-31T10:20:30.123Z", "metadata": [],
        "identity": { "id": "b7c9d1e3-5a2f-4e8b-9c41-6d0e2f3a4b33", "name": "ci", "authMethods": ["universal-auth"], "hasDeleteProtection": false }
    })
}
