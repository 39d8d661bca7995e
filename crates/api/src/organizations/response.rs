//! Organizations and their people on the wire.

use keyferry_domain::organizations::{MemberView, Organization, OrganizationView};
use serde_json::{Value, json};

use crate::wire::timestamp;

/// An organization.
pub(super) fn organization(row: &Organization) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "slug": row.slug,
        "customerId": null,
        "authEnforced": false,
        "scimEnabled": false,
        "blockDuplicateSecretSyncDestinations": row.block_duplicate_secret_sync_destinations,
        "createdAt": timestamp(row.created_at_ms),
        "updatedAt": timestamp(row.updated_at_ms)
    })
}

/// An organization in the list of those that the caller may choose.
pub(super) fn listed(view: &OrganizationView) -> Value {
    let mut body = organization(&view.organization);
    body["orgAuthMethod"] = Value::Null;
    body["userRole"] = json!(view.membership.role);
    body["userStatus"] = json!(view.membership.status);
    body["userJoinedAt"] = json!(timestamp(view.membership.created_at_ms));
    body
}

/// A person's membership.
pub(super) fn member(view: &MemberView) -> Value {
    let MemberView { membership, user } = view;
    json!({
        "id": membership.id,
        "inviteEmail": user.email,
        "orgId": membership.org_id,
        "role": membership.role,
        "roleId": membership.role_id,
        "status": membership.status,
        "isActive": membership.is_active,
        "createdAt": timestamp(membership.created_at_ms),
        "updatedAt": timestamp(membership.updated_at_ms),
        "user": {
            "id": user.id, "username": user.username, "email": user.email, "firstName": user.first_name,
            "lastName": user.last_name, "superAdmin": user.is_super_admin
        }
    })
}

pub(super) fn example() -> Value {
    json!({
        "id": "0a8c9e1d-7a40-4c1b-8a55-2f4a3c1d9e22", "name": "acme", "slug": "acme-x7f2",
        "createdAt": "2026-01-31T10:20:30.123Z", "updatedAt": "2026-01-31T10:20:30.123Z"
    })
}

pub(super) fn example_member() -> Value {
    json!({
        "id": "7d1f0c52-92b4-4d0f-8a5e-1b2c3d4e5f44", "inviteEmail|null": "ada@example.com",
        "orgId": "0a8c9e1d-7a40-4c1b-8a55-2f4a3c1d9e22", "role": "member", "roleId": null, "status": "accepted", "isActive": true,
        "user": {
            "id": "4f2b7c1e-0d7e-4a52-9d2e-3c6a0f0f6b11", "username": "ada@example.com", "email|null": "ada@example.com",
            "firstName|null": "Ada", "lastName|null": null, "superAdmin": false
        }
    })
}
