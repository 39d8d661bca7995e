//! Signing in with a password, and choosing an organization.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, header};
use keyferry_domain::authentication::{self, LoginInput};
use keyferry_domain::{Error, Result, second_factor};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{TAG, cookie};
use crate::endpoint::{AnonymousCall, Call, Endpoint, Input, Json, post};
use crate::wire::{Decode, Fields, secret_text, text, uuid};

struct Credentials {
    email: String,
    password: SecretString,
}

impl Decode for Credentials {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let email = f.required("email", text().trim());
        let password = f.required("password", secret_text());
        Some(Self { email: email?, password: password? })
    }
}

struct Choice {
    organization_id: Uuid,
}

impl Decode for Choice {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let organization_id = f.required("organizationId", uuid());
        Some(Self { organization_id: organization_id? })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let legacy = |path| post(path, srp).summary("Not supported").hidden();
    vec![
        post("/api/v3/auth/login", login)
            .id("login")
            .tag(TAG)
            .summary("Sign in with a mail address and a password")
            .answers(|| json!({ "accessToken": "eyJhbGciOiJIUzI1NiJ9.e30.signature" })),
        post("/api/v3/auth/select-organization", select_organization)
            .id("selectOrganization")
            .tag(TAG)
            .summary("Choose the organization that the session acts in, or learn that the second factor is to be proved first")
            .users_only()
            .organization_optional()
            .answers(|| json!({ "token": "eyJhbGciOiJIUzI1NiJ9.e30.signature", "isMfaEnabled": false, "mfaMethod?": "totp" })),
        legacy("/api/v3/auth/login1"),
        legacy("/api/v3/auth/login2"),
    ]
}

async fn login(call: AnonymousCall, input: Input<(), (), Credentials>) -> Result<Response> {
    require_user_agent(&call.request.headers)?;
    let input = LoginInput { email: input.body.email, password: input.body.password };
    let signed_in = authentication::login(&call.app, call.origin, input).await?;
    cookie::with_refresh(&call.app, &signed_in, json!({ "accessToken": signed_in.access_token.expose_secret() }))
}

async fn select_organization(call: Call, input: Input<(), (), Choice>) -> Result<Response> {
    require_user_agent(&call.request.headers)?;
    if let Some(token) = second_factor::challenge(&call.app, &call.caller).await? {
        let body = json!({ "token": token.expose_secret(), "isMfaEnabled": true, "mfaMethod": "totp" });
        return Ok(Json(body).into_response());
    }
    let signed_in = authentication::select_organization(&call.app, &call.caller, input.body.organization_id).await?;
    let body = json!({ "token": signed_in.access_token.expose_secret(), "isMfaEnabled": false });
    cookie::with_refresh(&call.app, &signed_in, body)
}

async fn srp(_: AnonymousCall, _: Input) -> Result<Json<Value>> {
    Err(Error::bad_request("This server signs in with POST /api/v3/auth/login"))
}

pub(super) fn require_user_agent(headers: &HeaderMap) -> Result<()> {
    if headers.contains_key(header::USER_AGENT) {
        return Ok(());
    }
    Err(Error::Unauthorized {
        name: Some("User-Agent header is required".to_owned()),
        message: "User-Agent header is required".to_owned(),
    })
}
