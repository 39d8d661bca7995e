//! Client secrets (core API contract, section 6.3).

use keyferry_domain::Result;
use keyferry_domain::universal_auth::{self, CreateClientSecret, MAX_TTL_S};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::method::Params;
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get, post};
use crate::wire::{Decode, Fields, int, text, uuid};

struct SecretParams {
    identity_id: Uuid,
    client_secret_id: Uuid,
}

impl Decode for SecretParams {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let identity_id = f.required("identityId", uuid());
        let client_secret_id = f.required("clientSecretId", uuid());
        Some(Self { identity_id: identity_id?, client_secret_id: client_secret_id? })
    }
}

struct Body(CreateClientSecret);

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let description = f.default("description", text().trim().max(1000), "");
        let num_uses_limit = f.default("numUsesLimit", int().min(0), 0);
        let ttl_s = f.default("ttl", int().min(0).max(MAX_TTL_S), 0);
        Some(Self(CreateClientSecret { description: description?, num_uses_limit: num_uses_limit?, ttl_s: ttl_s? }))
    }
}

const PATH: &str = "/api/v1/auth/universal-auth/identities/{identityId}/client-secrets";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let one = || json!({ "clientSecretData": response::example_client_secret() });
    vec![
        post(PATH, create)
            .id("createUniversalAuthClientSecret")
            .tag(TAG)
            .summary("Make a client secret; it is shown this once")
            .permission("identity:create-token")
            .answers(|| {
                json!({
                    "clientSecret": "1f2e3d4c5b6a79880a1b2c3d4e5f60718293a4b5c6d7e8f9001122334455667788",
                    "clientSecretData": response::example_client_secret()
                })
            }),
        get(PATH, list)
            .id("listUniversalAuthClientSecrets")
            .tag(TAG)
            .summary("List the client secrets that are not revoked")
            .permission("identity:get-token")
            .answers(|| json!({ "clientSecretData": [response::example_client_secret()] })),
        get("/api/v1/auth/universal-auth/identities/{identityId}/client-secrets/{clientSecretId}", read)
            .id("getUniversalAuthClientSecret")
            .tag(TAG)
            .summary("Read a client secret's facts")
            .permission("identity:get-token")
            .answers(one),
        post("/api/v1/auth/universal-auth/identities/{identityId}/client-secrets/{clientSecretId}/revoke", revoke)
            .id("revokeUniversalAuthClientSecret")
            .tag(TAG)
            .summary("Revoke a client secret and the tokens it gave")
            .permission("identity:delete-token")
            .answers(one),
    ]
}

async fn create(call: Call, input: Input<Params, (), Body>) -> Result<Json<Value>> {
    let (secret, row) =
        universal_auth::create_client_secret(&call.app, &call.caller, input.params.identity_id, input.body.0).await?;
    Ok(Json(json!({ "clientSecret": secret.expose_secret(), "clientSecretData": response::client_secret(&row) })))
}

async fn list(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    let rows = universal_auth::list_client_secrets(&call.app, &call.caller, input.params.identity_id).await?;
    Ok(Json(json!({ "clientSecretData": rows.iter().map(response::client_secret).collect::<Vec<_>>() })))
}

async fn read(call: Call, input: Input<SecretParams>) -> Result<Json<Value>> {
    let SecretParams { identity_id, client_secret_id } = input.params;
    let row = universal_auth::get_client_secret(&call.app, &call.caller, identity_id, client_secret_id).await?;
    Ok(Json(json!({ "clientSecretData": response::client_secret(&row) })))
}

async fn revoke(call: Call, input: Input<SecretParams>) -> Result<Json<Value>> {
    let SecretParams { identity_id, client_secret_id } = input.params;
    let row = universal_auth::revoke_client_secret(&call.app, &call.caller, identity_id, client_secret_id).await?;
    Ok(Json(json!({ "clientSecretData": response::client_secret(&row) })))
}
