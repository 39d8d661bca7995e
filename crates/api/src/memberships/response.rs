//! Memberships on the wire.

use keyferry_domain::memberships::{GrantView, Membership, MembershipView};
use keyferry_domain::users::User;
use serde_json::{Value, json};

use crate::wire::timestamp;

/// The rows of granted roles.
pub(crate) fn roles(grants: &[GrantView]) -> Vec<Value> {
    grants
        .iter()
        .map(|view| {
            let GrantView { grant, custom_role } = view;
            json!({
                "id": grant.id,
                "role": grant.role,
                "customRoleId": grant.custom_role_id,
                "customRoleName": custom_role.as_ref().map(|role| &role.name),
                "customRoleSlug": custom_role.as_ref().map(|role| &role.slug),
                "isTemporary": grant.is_temporary,
                "temporaryMode": grant.temporary_mode,
                "temporaryRange": grant.temporary_range,
                "temporaryAccessStartTime": grant.temporary_start_at_ms.map(timestamp),
                "temporaryAccessEndTime": grant.temporary_end_at_ms.map(timestamp),
                "projectMembershipId": grant.membership_id,
                "createdAt": timestamp(grant.created_at_ms),
                "updatedAt": timestamp(grant.updated_at_ms)
            })
        })
        .collect()
}

/// The membership alone.
pub(super) fn row(row: &Membership) -> Value {
    let mut body = json!({
        "id": row.id,
        "projectId": row.project_id,
        "createdAt": timestamp(row.created_at_ms),
        "updatedAt": timestamp(row.updated_at_ms)
    });
    if let Some(id) = row.user_id {
        body["userId"] = json!(id);
    }
    if let Some(id) = row.identity_id {
        body["identityId"] = json!(id);
    }
    body
}

/// An identity's membership.
pub(super) fn identity(view: &MembershipView) -> Value {
    let mut body = row(&view.membership);
    let last = view.org_membership.as_ref();
    body["roles"] = json!(roles(&view.roles));
    body["identity"] = view.identity.as_ref().map_or(Value::Null, |identity| {
        json!({
            "id": identity.id, "name": identity.name, "authMethods": view.auth_methods, "orgId": identity.org_id,
            "projectId": identity.project_id, "hasDeleteProtection": identity.has_delete_protection
        })
    });
    body["project"] = json!({ "id": view.project.id, "name": view.project.name, "type": view.project.r#type });
    body["lastLoginAuthMethod"] = json!(last.and_then(|membership| membership.last_login_auth_method.as_ref()));
    body["lastLoginTime"] = json!(last.and_then(|membership| membership.last_login_at_ms).map(timestamp));
    body
}

/// A user's membership.
pub(super) fn user(view: &MembershipView) -> Value {
    let mut body = row(&view.membership);
    body["user"] = view.user.as_ref().map_or(Value::Null, person);
    body["project"] = json!({ "id": view.project.id, "name": view.project.name, "type": view.project.r#type });
    body["roles"] = json!(roles(&view.roles));
    body
}

/// A person.
pub(super) fn person(user: &User) -> Value {
    json!({
        "id": user.id, "username": user.username, "email": user.email, "firstName": user.first_name, "lastName": user.last_name
    })
}

pub(crate) fn example_role() -> Value {
    json!({
        "id": "5e6f7081-92a3-4b44-8d5e-6f708192a3bb", "role": "member", "customRoleId": null, "customRoleName": null,
        "customRoleSlug": null, "isTemporary": false, "temporaryMode": null, "temporaryRange": null,
        "temporaryAccessStartTime": null, "temporaryAccessEndTime": null
    })
}

pub(super) fn example_row() -> Value {
    json!({
        "id": "6f708192-a3b4-4c55-9e6f-708192a3b4cc", "projectId": "708192a3-b4c5-4d66-af70-8192a3b4c5dd",
        "createdAt": "2026-01-31T10:20:30.123Z", "updatedAt": "2026-01-31T10:20:30.123Z"
    })
}

pub(crate) fn example_identity() -> Value {
    let mut body = example_row();
    body["identityId"] = json!("b7c9d1e3-5a2f-4e8b-9c41-6d0e2f3a4b33");
    body["roles"] = json!([example_role()]);
    body["identity|null"] =
        json!({ "id": "b7c9d1e3-5a2f-4e8b-9c41-6d0e2f3a4b33", "name": "ci", "authMethods": ["universal-auth"] });
    body["project"] = json!({ "id": "708192a3-b4c5-4d66-af70-8192a3b4c5dd", "name": "demo", "type": "secret-manager" });
    body
}

pub(super) fn example_user() -> Value {
    let mut body = example_row();
    body["userId"] = json!("4f2b7c1e-0d7e-4a52-9d2e-3c6a0f0f6b11");
    body["user|null"] = json!({
        "id": "4f2b7c1e-0d7e-4a52-9d2e-3c6a0f0f6b11", "username": "ada@example.com", "email|null": "ada@example.com",
        "firstName|null": "Ada", "lastName|null": null
    });
    body["roles"] = json!([example_role()]);
    body
}
