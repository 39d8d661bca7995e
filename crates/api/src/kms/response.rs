//! Keys on the wire; their material is never told.

use keyferry_domain::kms::Key;
use serde_json::{Value, json};

use crate::wire::timestamp;

/// A key.
pub(super) fn key(key: &Key) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "description": key.description,
        "isDisabled": key.is_disabled,
        "isReserved": false,
        "orgId": key.org_id,
        "projectId": key.project_id,
        "keyUsage": key.key_usage,
        "version": key.version,
        "encryptionAlgorithm": key.encryption_algorithm,
        "createdAt": timestamp(key.created_at_ms),
        "updatedAt": timestamp(key.updated_at_ms),
    })
}

/// For the description.
pub(super) fn example() -> Value {
    json!({
        "id": "6d1f0a3c-55a3-4f0e-9a30-54c1f2a3b4c5",
        "name": "invoices",
        "description": "",
        "isDisabled": false,
        "isReserved": false,
        "orgId": "0a8c9e1d-7a40-4c1b-8a55-2f4a3c1d9e22",
        "projectId": "7ffbb072-2575-495a-b5b0-127f88caef78",
        "keyUsage": "encrypt-decrypt",
        "version": 1,
        "encryptionAlgorithm": "aes-256-gcm",
        "createdAt": "2026-01-31T10:20:30.123Z",
        "updatedAt": "2026-01-31T10:20:30.123Z"
    })
}
