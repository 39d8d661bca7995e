//! Renews and revokes an identity's access token (core API contract, section 6.4).

use keyferry_domain::{Result, universal_auth};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{TAG, response};
use crate::endpoint::{AnonymousCall, Endpoint, Input, Json, post};
use crate::wire::{Decode, Fields, secret_text};

struct Body {
    access_token: SecretString,
}

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let access_token = f.required("accessToken", secret_text());
        Some(Self { access_token: access_token? })
    }
}

const REVOKED: &str = "Successfully revoked access token";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        post("/api/v1/auth/token/renew", renew)
            .id("renewIdentityAccessToken")
            .tag(TAG)
            .summary("Renew an identity's access token")
            .answers(response::example_issued),
        post("/api/v1/auth/token/revoke", revoke)
            .id("revokeIdentityAccessToken")
            .tag(TAG)
            .summary("Revoke an identity's access token")
            .answers(|| json!({ "message": REVOKED })),
    ]
}

async fn renew(call: AnonymousCall, input: Input<(), (), Body>) -> Result<Json<Value>> {
    let token = universal_auth::renew_token(&call.app, call.origin, &input.body.access_token).await?;
    Ok(Json(response::issued(&token)))
}

async fn revoke(call: AnonymousCall, input: Input<(), (), Body>) -> Result<Json<Value>> {
    universal_auth::revoke_token(&call.app, call.origin, &input.body.access_token).await?;
    Ok(Json(json!({ "message": REVOKED })))
}
