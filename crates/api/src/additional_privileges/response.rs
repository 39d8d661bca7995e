//! Privileges on the wire.

use keyferry_domain::additional_privileges::PrivilegeView;
use serde_json::{Value, json};

use crate::wire::timestamp;

/// A privilege without its rules, as lists show it.
pub(super) fn listed(view: &PrivilegeView) -> Value {
    let row = &view.row;
    let mut body = json!({
        "id": row.id,
        "slug": row.slug,
        "projectId": row.project_id,
        "projectMembershipId": row.membership_id,
        "isTemporary": row.is_temporary,
        "temporaryMode": row.temporary_mode,
        "temporaryRange": row.temporary_range,
        "temporaryAccessStartTime": row.temporary_start_at_ms.map(timestamp),
        "temporaryAccessEndTime": row.temporary_end_at_ms.map(timestamp),
        "createdAt": timestamp(row.created_at_ms),
        "updatedAt": timestamp(row.updated_at_ms),
    });
    match view.membership.identity_id {
        Some(id) => body["identityId"] = json!(id),
        None => body["userId"] = json!(view.membership.user_id),
    }
    body
}

/// A privilege with its rules.
pub(super) fn privilege(view: &PrivilegeView) -> Value {
    let mut body = listed(view);
    body["permissions"] = json!(view.permissions);
    json!({ "privilege": body })
}

/// A privilege as the oldest family shows it: one rule for each action, which its clients read as a text.
pub(super) fn single_actions(view: &PrivilegeView) -> Value {
    let mut body = listed(view);
    let rules = view.permissions.iter().flat_map(|rule| {
        rule.action.iter().map(move |action| {
            let mut one = json!(rule);
            one["action"] = json!(action);
            one
        })
    });
    body["permissions"] = rules.collect();
    body
}

pub(super) fn example(holder: &str) -> Value {
    let mut body = example_listed(holder);
    body["permissions"] = json!([{ "subject": "secrets", "action": ["readValue"], "conditions?": { "environment": "dev" } }]);
    json!({ "privilege": body })
}

/// An example of what [`single_actions`] makes.
pub(super) fn example_single_actions() -> Value {
    let mut body = example_listed("identityId");
    body["permissions"] = json!([{ "subject": "secrets", "action": "readValue", "conditions?": { "environment": "dev" } }]);
    body
}

pub(super) fn example_listed(holder: &str) -> Value {
    let mut body = json!({
        "id": "92a3b4c5-d6e7-4f88-a192-a3b4c5d6e7ff",
        "slug": "read-prod-today",
        "projectId": "708192a3-b4c5-4d66-af70-8192a3b4c5dd",
        "projectMembershipId": "6f708192-a3b4-4c55-9e6f-708192a3b4cc",
        "isTemporary": false,
        "temporaryMode|null": "relative",
        "temporaryRange|null": "1h",
        "temporaryAccessStartTime|null": "2026-01-31T10:20:30.123Z",
        "temporaryAccessEndTime|null": "2026-01-31T11:20:30.123Z",
        "createdAt": "2026-01-31T10:20:30.123Z",
        "updatedAt": "2026-01-31T10:20:30.123Z",
    });
    body[holder] = json!("4f2b7c1e-0d7e-4a52-9d2e-3c6a0f0f6b11");
    body
}
