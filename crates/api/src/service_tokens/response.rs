//! Service tokens on the wire.

use keyferry_domain::service_tokens::ServiceTokenView;
use serde_json::{Value, json};

use crate::wire::timestamp;

/// A token; `user` is the id of who made it, because clients decode text here.
pub(super) fn token(view: &ServiceTokenView) -> Value {
    let row = &view.row;
    json!({
        "id": row.id,
        "_id": row.id,
        "name": row.name,
        "scopes": view.scopes,
        "permissions": view.permissions,
        "workspace": row.project_id,
        "projectId": row.project_id,
        "user": row.created_by_id.map(|id| id.to_string()).unwrap_or_default(),
        "expiresAt": row.expires_at_ms.map(timestamp),
        "lastUsed": row.last_used_at_ms.map(timestamp),
        "createdAt": timestamp(row.created_at_ms),
        "updatedAt": timestamp(row.updated_at_ms),
        "__v": 0,
    })
}

/// The token that asks about itself, with who made it and what its client encrypted for itself.
pub(super) fn own(view: &ServiceTokenView) -> Value {
    let mut body = token(view);
    body["encryptedKey"] = json!(view.row.encrypted_key);
    body["iv"] = json!(view.row.iv);
    body["tag"] = json!(view.row.tag);
    body["user"] = view.user.as_ref().map_or_else(
        || json!({}),
        |user| {
            json!({
                "_id": user.id, "id": user.id, "email": user.email, "username": user.username, "firstName": user.first_name,
                "lastName": user.last_name, "createdAt": timestamp(user.created_at_ms), "updatedAt": timestamp(user.updated_at_ms),
                "__v": 0,
            })
        },
    );
    body
}

/// For the description.
pub(super) fn example() -> Value {
    json!({
        "id": "6d1f0a3c-55a3-4f0e-9a30-54c1f2a3b4c5",
        "_id": "6d1f0a3c-55a3-4f0e-9a30-54c1f2a3b4c5",
        "name": "deploy",
        "scopes": [{ "environment": "prod", "secretPath": "/app/**" }],
        "permissions": ["read"],
        "workspace": "7ffbb072-2575-495a-b5b0-127f88caef78",
        "projectId": "7ffbb072-2575-495a-b5b0-127f88caef78",
        "user": "4f2b7c1e-0d7e-4a52-9d2e-3c6a0f0f6b11",
        "expiresAt": null,
        "lastUsed": null,
        "createdAt": "2026-01-31T10:20:30.123Z",
        "updatedAt": "2026-01-31T10:20:30.123Z",
        "__v": 0
    })
}
