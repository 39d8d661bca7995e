//! Token auth on the wire.

use keyferry_domain::Result;
use keyferry_domain::authentication::TrustedIps;
use keyferry_domain::token_auth::{AccessToken, TokenAuth};
use serde_json::{Value, json};

use crate::wire::timestamp;

/// The method as attached to an identity.
pub(super) fn method(row: &TokenAuth) -> Result<Value> {
    Ok(json!({ "identityTokenAuth": {
        "id": row.id,
        "accessTokenTTL": row.access_token_ttl_s,
        "accessTokenMaxTTL": row.access_token_max_ttl_s,
        "accessTokenNumUsesLimit": row.access_token_num_uses_limit,
        "accessTokenTrustedIps": TrustedIps::from_json(&row.access_token_trusted_ips)?,
        "createdAt": timestamp(row.created_at_ms),
        "updatedAt": timestamp(row.updated_at_ms),
        "identityId": row.identity_id
    }}))
}

/// A token, without the token.
pub(super) fn token(row: &AccessToken) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "accessTokenTTL": row.ttl_s,
        "accessTokenMaxTTL": row.max_ttl_s,
        "accessTokenNumUses": row.num_uses,
        "accessTokenNumUsesLimit": row.num_uses_limit,
        "accessTokenPeriod": row.period_s,
        "accessTokenLastUsedAt": row.last_used_at_ms.map(timestamp),
        "accessTokenLastRenewedAt": row.last_renewed_at_ms.map(timestamp),
        "isAccessTokenRevoked": row.is_revoked,
        "identityUAClientSecretId": row.client_secret_id,
        "identityId": row.identity_id,
        "authMethod": row.auth_method,
        "createdAt": timestamp(row.created_at_ms),
        "updatedAt": timestamp(row.updated_at_ms)
    })
}

pub(super) fn example_method() -> Value {
    json!({ "identityTokenAuth": {
        "id": "2b3c4d5e-6f70-4811-9a2b-3c4d5e6f7088", "accessTokenTTL": 2_592_000, "accessTokenMaxTTL": 2_592_000,
        "accessTokenNumUsesLimit": 0, "accessTokenTrustedIps": [{ "ipAddress": "10.0.0.1", "type": "ipv4", "prefix?": 32 }],
        "createdAt": "2026-01-31T10:20:30.123Z", "updatedAt": "2026-01-31T10:20:30.123Z",
        "identityId": "b7c9d1e3-5a2f-4e8b-9c41-6d0e2f3a4b33"
    }})
}

pub(super) fn example_token() -> Value {
    json!({
        "id": "4d5e6f70-8192-4a33-bc4d-5e6f708192aa", "name|null": "deploy", "accessTokenTTL": 2_592_000,
        "accessTokenMaxTTL": 2_592_000, "accessTokenNumUses": 0, "accessTokenNumUsesLimit": 0, "accessTokenPeriod": 0,
        "accessTokenLastUsedAt|null": null, "accessTokenLastRenewedAt|null": null, "isAccessTokenRevoked": false,
        "identityUAClientSecretId": null, "identityId": "b7c9d1e3-5a2f-4e8b-9c41-6d0e2f3a4b33", "authMethod": "token-auth",
        "createdAt": "2026-01-31T10:20:30.123Z", "updatedAt": "2026-01-31T10:20:30.123Z"
    })
}
