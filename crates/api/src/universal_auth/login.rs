//! Exchanges a client id and secret for an access token (core API contract, section 6.1).

use keyferry_domain::Result;
use keyferry_domain::universal_auth::{self, LoginInput};
use secrecy::SecretString;
use serde_json::Value;

use super::{TAG, response};
use crate::endpoint::{AnonymousCall, Endpoint, Input, Json, post};
use crate::wire::{Decode, Fields, secret_text, text};

struct Body {
    client_id: String,
    client_secret: SecretString,
}

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let client_id = f.required("clientId", text().trim());
        let client_secret = f.required("clientSecret", secret_text());
        Some(Self { client_id: client_id?, client_secret: client_secret? })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        post("/api/v1/auth/universal-auth/login", login)
            .id("loginUniversalAuth")
            .tag(TAG)
            .summary("Exchange a client id and secret for an access token")
            .answers(response::example_issued),
    ]
}

async fn login(call: AnonymousCall, input: Input<(), (), Body>) -> Result<Json<Value>> {
    let Body { client_id, client_secret } = input.body;
    let token = universal_auth::login(&call.app, call.origin, LoginInput { client_id, client_secret }).await?;
    Ok(Json(response::issued(&token)))
}
