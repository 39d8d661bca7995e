//! Tags on the wire.

use keyferry_domain::tags::Tag;
use serde_json::{Value, json};

use crate::wire::timestamp;

/// A tag by itself; its name is its slug.
pub(super) fn tag(row: &Tag) -> Value {
    json!({
        "id": row.id,
        "slug": row.slug,
        "name": row.slug,
        "color": row.color,
        "projectId": row.project_id,
        "createdAt": timestamp(row.created_at_ms),
        "updatedAt": timestamp(row.updated_at_ms),
        "createdBy": row.actor_id,
        "createdByActorType": row.actor_type,
    })
}

/// For the description.
pub(super) fn example() -> Value {
    json!({
        "id": "3b1e6c1e-2f4f-4d38-9a39-0a3f0e3c7d55",
        "slug": "payment",
        "name": "payment",
        "color|null": "#ff8800",
        "projectId": "7ffbb072-2575-495a-b5b0-127f88caef78",
        "createdAt": "2026-01-31T10:20:30.123Z",
        "updatedAt": "2026-01-31T10:20:30.123Z",
        "createdBy|null": "c0f0a6b1-7a7e-4a89-8c57-0d5b5a1b2c3d",
        "createdByActorType|null": "user"
    })
}
