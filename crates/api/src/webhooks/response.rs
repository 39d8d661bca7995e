//! Webhooks on the wire.

use keyferry_domain::webhooks::{Event, Webhook};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::wire::timestamp;

/// A webhook; the key that signs its calls is never told.
pub(super) fn webhook(webhook: &Webhook) -> Value {
    let (row, environment) = (&webhook.row, &webhook.environment);
    let filter: Vec<Value> = webhook.events().into_iter().map(|event: Event| json!({ "eventName": event.as_str() })).collect();
    json!({
        "id": row.id,
        "secretPath": row.secret_path,
        "url": webhook.url.expose_secret(),
        "lastStatus": row.last_status,
        "lastRunErrorMessage": row.last_run_error_message,
        "isDisabled": row.is_disabled,
        "createdAt": timestamp(row.created_at_ms),
        "updatedAt": timestamp(row.updated_at_ms),
        "envId": row.environment_id,
        "projectId": row.project_id,
        "type": row.r#type,
        "eventsFilter": filter,
        "environment": { "id": environment.id, "name": environment.name, "slug": environment.slug },
    })
}

/// For the description.
pub(super) fn example() -> Value {
    json!({
        "id": "6d1f0a3c-55a3-4f0e-9a30-54c1f2a3b4c5",
        "secretPath": "/**",
        "url": "https://hooks.example.com/keyferry",
        "lastStatus|null": "success",
        "lastRunErrorMessage": null,
        "isDisabled": false,
        "createdAt": "2026-01-31T10:20:30.123Z",
        "updatedAt": "2026-01-31T10:20:30.123Z",
        "envId": "1b2c3d4e-0c1d-4e2f-8a3b-4c5d6e7f8091",
        "projectId": "7ffbb072-2575-495a-b5b0-127f88caef78",
        "type": "general",
        "eventsFilter": [{ "eventName": "secret-syncs.failed" }],
        "environment": { "id": "1b2c3d4e-0c1d-4e2f-8a3b-4c5d6e7f8091", "name": "Production", "slug": "prod" }
    })
}
