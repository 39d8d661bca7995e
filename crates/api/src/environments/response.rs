//! Environments on the wire.

use keyferry_domain::environments::Environment;
use serde_json::{Value, json};

use crate::wire::timestamp;

/// An environment by itself.
pub(super) fn environment(row: &Environment) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "slug": row.slug,
        "position": row.position,
        "projectId": row.project_id,
        "createdAt": timestamp(row.created_at_ms),
        "updatedAt": timestamp(row.updated_at_ms),
    })
}

/// The answer of routes that change one. Clients of both families read the project's id, each under its own name.
pub(super) fn changed(message: &str, row: &Environment) -> Value {
    json!({
        "message": message,
        "workspace": row.project_id,
        "projectId": row.project_id,
        "environment": environment(row),
    })
}

/// For the description.
pub(super) fn example() -> Value {
    json!({
        "id": "0d3c0f0a-6c58-4a5e-9a0c-1f1f0b6f7f11",
        "name": "Development",
        "slug": "dev",
        "position": 1,
        "projectId": "7ffbb072-2575-495a-b5b0-127f88caef78",
        "createdAt": "2026-01-31T10:20:30.123Z",
        "updatedAt": "2026-01-31T10:20:30.123Z"
    })
}

/// For the description, as [`changed`].
pub(super) fn changed_example(message: &str) -> Value {
    let id = "7ffbb072-2575-495a-b5b0-127f88caef78";
    json!({ "message": message, "workspace": id, "projectId": id, "environment": example() })
}
