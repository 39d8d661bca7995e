//! The second step of signing in (core API contract, section 4.1, step 4). The bearer token is the one that
//! `select-organization` gave.

use axum::response::Response;
use keyferry_domain::second_factor::{self, Given};
use keyferry_domain::{Error, Result};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::login::require_user_agent;
use super::{TAG, cookie};
use crate::endpoint::{AnonymousCall, Endpoint, Input, Json, get, post};
use crate::wire::{Decode, Fields, enumeration, secret_text};

struct Code(SecretString);

impl Decode for Code {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let code = f.required("mfaToken", secret_text());
        // Read for the description; an account here has one method only.
        let method = f.optional("mfaMethod", enumeration(&["email", "totp", "webauthn"]));
        method?;
        Some(Self(code?))
    }
}

struct Recovery(SecretString);

impl Decode for Recovery {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("recoveryCode", secret_text()).map(Self)
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let proof = |endpoint: Endpoint| endpoint.tag(TAG).reads_own_token().answers(|| answer("eyJhbGciOiJIUzI1NiJ9.e30.signature"));
    vec![
        proof(post("/api/v2/auth/mfa/verify", verify))
            .id("verifyMfa")
            .summary("Prove the second factor with the code of an authenticator app"),
        proof(post("/api/v2/auth/mfa/verify/recovery-code", recover))
            .id("verifyMfaRecoveryCode")
            .summary("Prove the second factor with a recovery code"),
        post("/api/v2/auth/mfa/send", send)
            .id("sendMfaCode")
            .tag(TAG)
            .reads_own_token()
            .summary("Codes are not sent: the authenticator app shows them")
            .answers(|| json!({ "message": SENT })),
        get("/api/v2/auth/mfa/check/totp", check)
            .id("checkMfaTotp")
            .tag(TAG)
            .reads_own_token()
            .summary("Whether an authenticator app is set up")
            .answers(|| json!({ "isVerified": true })),
    ]
}

const SENT: &str = "Successfully send new mfa code";

async fn verify(call: AnonymousCall, input: Input<(), (), Code>) -> Result<Response> {
    prove(call, Given::Totp(input.body.0)).await
}

async fn recover(call: AnonymousCall, input: Input<(), (), Recovery>) -> Result<Response> {
    prove(call, Given::Recovery(input.body.0)).await
}

async fn prove(call: AnonymousCall, given: Given) -> Result<Response> {
    require_user_agent(&call.request.headers)?;
    let signed_in = second_factor::verify(&call.app, call.origin.clone(), token(&call)?, given).await?;
    cookie::with_refresh(&call.app, &signed_in, answer(signed_in.access_token.expose_secret()))
}

async fn send(call: AnonymousCall, _: Input) -> Result<Json<Value>> {
    second_factor::check(&call.app, token(&call)?).await?;
    Ok(Json(json!({ "message": SENT })))
}

async fn check(call: AnonymousCall, _: Input) -> Result<Json<Value>> {
    Ok(Json(json!({ "isVerified": second_factor::check(&call.app, token(&call)?).await? })))
}

fn token(call: &AnonymousCall) -> Result<&str> {
    keyferry_http::bearer_token(&call.request.headers).ok_or_else(|| Error::unauthorized("Token missing"))
}

/// The keys of client-side encryption are of the past; clients want them to be there.
fn answer(token: &str) -> Value {
    json!({
        "token": token, "encryptionVersion": null, "protectedKey": null, "protectedKeyIV": null, "protectedKeyTag": null,
        "publicKey": null, "encryptedPrivateKey": null, "iv": null, "tag": null
    })
}
