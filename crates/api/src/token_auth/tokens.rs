//! The tokens of the method.

use keyferry_domain::{Result, token_auth};
use serde_json::{Value, json};
use uuid::Uuid;

use super::method::Params;
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get, patch, post};
use crate::universal_auth::response as issued;
use crate::wire::{Codec as _, Decode, Fields, int_text, text, uuid};

struct Token {
    id: Uuid,
}

impl Decode for Token {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let id = f.required("tokenId", uuid());
        Some(Self { id: id? })
    }
}

struct Named {
    name: Option<String>,
}

impl Decode for Named {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.optional("name", text().trim().max(255));
        Some(Self { name: name? })
    }
}

struct Page {
    offset: u64,
    limit: u64,
}

impl Decode for Page {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let offset = f.default("offset", int_text().min(0).blank_is_absent(), 0);
        let limit = f.default("limit", int_text().min(1).max(100).blank_is_absent(), 20);
        Some(Self { offset: u64::try_from(offset?).unwrap_or_default(), limit: u64::try_from(limit?).unwrap_or_default() })
    }
}

const REVOKED: &str = "Successfully revoked access token";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let one = || json!({ "token": response::example_token() });
    vec![
        post("/api/v1/auth/token-auth/identities/{identityId}/tokens", create)
            .id("createTokenAuthToken")
            .tag(TAG)
            .summary("Make a token; it is shown this once")
            .permission("identity:create-token")
            .answers(|| {
                let mut body = issued::example_issued();
                body["tokenData"] = response::example_token();
                body
            }),
        get("/api/v1/auth/token-auth/identities/{identityId}/tokens", list)
            .id("listTokenAuthTokens")
            .tag(TAG)
            .summary("List an identity's tokens")
            .permission("identity:get-token")
            .answers(|| json!({ "tokens": [response::example_token()] })),
        get("/api/v1/auth/token-auth/tokens/{tokenId}", read)
            .id("getTokenAuthToken")
            .tag(TAG)
            .summary("Read a token's facts")
            .permission("identity:get-token")
            .answers(one),
        patch("/api/v1/auth/token-auth/tokens/{tokenId}", rename)
            .id("updateTokenAuthToken")
            .tag(TAG)
            .summary("Give a token another name")
            .permission("identity:edit")
            .answers(one),
        post("/api/v1/auth/token-auth/tokens/{tokenId}/revoke", revoke)
            .id("revokeTokenAuthToken")
            .tag(TAG)
            .summary("Revoke a token")
            .permission("identity:delete-token")
            .answers(|| json!({ "message": REVOKED })),
    ]
}

async fn create(call: Call, input: Input<Params, (), Named>) -> Result<Json<Value>> {
    let token = token_auth::create_token(&call.app, &call.caller, input.params.identity_id, input.body.name).await?;
    let mut body = issued::issued(&token);
    body["tokenData"] = response::token(&token.row);
    Ok(Json(body))
}

async fn list(call: Call, input: Input<Params, Page>) -> Result<Json<Value>> {
    let Page { offset, limit } = input.query;
    let rows = token_auth::list_tokens(&call.app, &call.caller, input.params.identity_id, offset, limit).await?;
    Ok(Json(json!({ "tokens": rows.iter().map(response::token).collect::<Vec<_>>() })))
}

async fn read(call: Call, input: Input<Token>) -> Result<Json<Value>> {
    let row = token_auth::get_token(&call.app, &call.caller, input.params.id).await?;
    Ok(Json(json!({ "token": response::token(&row) })))
}

async fn rename(call: Call, input: Input<Token, (), Named>) -> Result<Json<Value>> {
    let row = token_auth::rename_token(&call.app, &call.caller, input.params.id, input.body.name).await?;
    Ok(Json(json!({ "token": response::token(&row) })))
}

async fn revoke(call: Call, input: Input<Token>) -> Result<Json<Value>> {
    token_auth::revoke_token(&call.app, &call.caller, input.params.id).await?;
    Ok(Json(json!({ "message": REVOKED })))
}
