//! What a session lives through: proof, refresh, sign-out.

use axum::response::Response;
use keyferry_domain::{Error, Result, authentication};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::{TAG, cookie};
use crate::endpoint::{AnonymousCall, Call, Endpoint, Input, Json, post};

const PROVED: &str = "Authenticated";
const SIGNED_OUT: &str = "Successfully logged out";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        post("/api/v1/auth/checkAuth", check)
            .id("checkAuth")
            .tag(TAG)
            .summary("Whether the token is good")
            .users_only()
            .organization_optional()
            .answers(|| json!({ "message": PROVED })),
        post("/api/v1/auth/token", refresh)
            .id("refreshToken")
            .tag(TAG)
            .summary("Exchange the refresh cookie for a new access token")
            .answers(|| {
                json!({
                    "token": "eyJhbGciOiJIUzI1NiJ9.e30.signature",
                    "organizationId?": "0a8c9e1d-7a40-4c1b-8a55-2f4a3c1d9e22"
                })
            }),
        post("/api/v1/auth/logout", logout)
            .id("logout")
            .tag(TAG)
            .summary("End the session")
            .users_only()
            .organization_optional()
            .answers(|| json!({ "message": SIGNED_OUT })),
    ]
}

async fn check(_: Call, _: Input) -> Result<Json<Value>> {
    Ok(Json(json!({ "message": PROVED })))
}

async fn refresh(call: AnonymousCall, _: Input) -> Result<Response> {
    let token = cookie::refresh_token(&call.request.headers)
        .ok_or_else(|| Error::not_found_named("AuthTokenNotFound", "Failed to find refresh token"))?;
    let signed_in = authentication::refresh(&call.app, call.origin, token).await?;
    let mut body = json!({ "token": signed_in.access_token.expose_secret() });
    if let Some(org_id) = signed_in.org_id {
        body["organizationId"] = json!(org_id);
    }
    cookie::with_refresh(&call.app, &signed_in, body)
}

async fn logout(call: Call, _: Input) -> Result<Response> {
    authentication::logout(&call.app, &call.caller).await?;
    cookie::without_refresh(&call.app, json!({ "message": SIGNED_OUT }))
}
