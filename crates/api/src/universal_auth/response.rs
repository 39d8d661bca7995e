//! Universal auth on the wire.

use keyferry_domain::Result;
use keyferry_domain::authentication::{IssuedToken, TrustedIps};
use keyferry_domain::universal_auth::{ClientSecret, UniversalAuth};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::wire::timestamp;

/// The method as attached to an identity.
pub(super) fn method(row: &UniversalAuth) -> Result<Value> {
    Ok(json!({ "identityUniversalAuth": {
        "id": row.id,
        "clientId": row.client_id,
        "accessTokenTTL": row.access_token_ttl_s,
        "accessTokenMaxTTL": row.access_token_max_ttl_s,
        "accessTokenNumUsesLimit": row.access_token_num_uses_limit,
        "accessTokenPeriod": row.access_token_period_s,
        "clientSecretTrustedIps": TrustedIps::from_json(&row.client_secret_trusted_ips)?,
        "accessTokenTrustedIps": TrustedIps::from_json(&row.access_token_trusted_ips)?,
        "lockoutEnabled": row.lockout_enabled,
        "lockoutThreshold": row.lockout_threshold,
        "lockoutDurationSeconds": row.lockout_duration_s,
        "lockoutCounterResetSeconds": row.lockout_counter_reset_s,
        "createdAt": timestamp(row.created_at_ms),
        "updatedAt": timestamp(row.updated_at_ms),
        "identityId": row.identity_id
    }}))
}

/// A client secret, without the secret.
pub(super) fn client_secret(row: &ClientSecret) -> Value {
    json!({
        "id": row.id,
        "createdAt": timestamp(row.created_at_ms),
        "updatedAt": timestamp(row.updated_at_ms),
        "isClientSecretRevoked": row.is_revoked,
        "description": row.description,
        "clientSecretPrefix": row.secret_prefix,
        "clientSecretNumUses": row.num_uses,
        "clientSecretNumUsesLimit": row.num_uses_limit,
        "clientSecretTTL": row.ttl_s,
        "identityUAId": row.universal_auth_id
    })
}

/// A token just issued.
pub(crate) fn issued(token: &IssuedToken) -> Value {
    json!({
        "accessToken": token.access_token.expose_secret(),
        "expiresIn": token.expires_in_s,
        "accessTokenMaxTTL": token.max_ttl_s(),
        "tokenType": "Bearer"
    })
}

pub(crate) fn example_issued() -> Value {
    json!({ "accessToken": "eyJhbGciOiJIUzI1NiJ9.e30.signature", "expiresIn": 2_592_000, "accessTokenMaxTTL": 2_592_000, "tokenType": "Bearer" })
}

pub(super) fn example_method() -> Value {
    json!({ "identityUniversalAuth": {
        "id": "2b3c4d5e-6f70-4811-9a2b-3c4d5e6f7088", "clientId": "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c66",
        "accessTokenTTL": 2_592_000, "accessTokenMaxTTL": 2_592_000, "accessTokenNumUsesLimit": 0, "accessTokenPeriod": 0,
        "clientSecretTrustedIps": [{ "ipAddress": "0.0.0.0", "type": "ipv4", "prefix": 0 }],
        "accessTokenTrustedIps": [{ "ipAddress": "10.0.0.1", "type": "ipv4", "prefix?": 32 }],
        "lockoutEnabled": true, "lockoutThreshold": 3, "lockoutDurationSeconds": 300, "lockoutCounterResetSeconds": 30,
        "createdAt": "2026-01-31T10:20:30.123Z", "updatedAt": "2026-01-31T10:20:30.123Z",
        "identityId": "b7c9d1e3-5a2f-4e8b-9c41-6d0e2f3a4b33"
    }})
}

pub(super) fn example_client_secret() -> Value {
    json!({
        "id": "3c4d5e6f-7081-4922-ab3c-4d5e6f708199", "createdAt": "2026-01-31T10:20:30.123Z",
        "updatedAt": "2026-01-31T10:20:30.123Z", "isClientSecretRevoked": false, "description": "", "clientSecretPrefix": "1f2e",
        "clientSecretNumUses": 0, "clientSecretNumUsesLimit": 0, "clientSecretTTL": 0,
        "identityUAId": "2b3c4d5e-6f70-4811-9a2b-3c4d5e6f7088"
    })
}
