//! A user's own authenticator app and recovery codes.

use axum::response::Response;
use keyferry_domain::{Result, second_factor};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::{TAG, cookie};
use crate::endpoint::{Call, Endpoint, Input, Json, delete, get, post};
use crate::wire::{Decode, Fields, secret_text};

struct Password(SecretString);

impl Decode for Password {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("password", secret_text()).map(Self)
    }
}

struct Code(SecretString);

impl Decode for Code {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("totp", secret_text()).map(Self)
    }
}

const DISABLED: &str = "Successfully removed the authenticator app";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let own = |endpoint: Endpoint| endpoint.tag(TAG).users_only().organization_optional();
    let codes = || json!(["3f9a01bc", "77d2e410"]);
    vec![
        own(get("/api/v1/user/me/totp", status))
            .id("getUserTotp")
            .summary("Whether an authenticator app is set up, and how many recovery codes are left")
            .answers(|| json!({ "isVerified": true, "recoveryCodesLeft": 10 })),
        own(post("/api/v1/user/me/totp/register", register))
            .id("registerUserTotp")
            .summary("Make a secret for an authenticator app; it counts once a first code is verified")
            .answers(
                || json!({ "otpUrl": "otpauth://totp/Keyferry:ada%40example%2Ecom?secret=…", "secret": "JBSWY3DPEHPK3PXP…" }),
            ),
        own(post("/api/v1/user/me/totp/verify", verify))
            .id("verifyUserTotp")
            .summary("Switch the second factor on by a first code; every other session ends")
            .answers(move || json!({ "token": "eyJhbGciOiJIUzI1NiJ9.e30.signature", "recoveryCodes": codes() })),
        own(delete("/api/v1/user/me/totp", disable))
            .id("deleteUserTotp")
            .summary("Switch the second factor off")
            .answers(|| json!({ "message": DISABLED })),
        own(post("/api/v1/user/me/totp/recovery-codes", recovery_codes))
            .id("createUserRecoveryCodes")
            .summary("Replace the recovery codes")
            .answers(move || json!({ "recoveryCodes": codes() })),
    ]
}

async fn status(call: Call, _: Input) -> Result<Json<Value>> {
    let status = second_factor::status(&call.app, &call.caller).await?;
    Ok(Json(json!({ "isVerified": status.is_enabled, "recoveryCodesLeft": status.recovery_codes })))
}

async fn register(call: Call, input: Input<(), (), Password>) -> Result<Json<Value>> {
    let made = second_factor::start(&call.app, &call.caller, &input.body.0).await?;
    Ok(Json(json!({ "otpUrl": made.url.expose_secret(), "secret": made.secret.expose_secret() })))
}

async fn verify(call: Call, input: Input<(), (), Code>) -> Result<Response> {
    let done = second_factor::confirm(&call.app, &call.caller, &input.body.0).await?;
    let body = json!({ "token": done.signed_in.access_token.expose_secret(), "recoveryCodes": texts(&done.recovery_codes) });
    cookie::with_refresh(&call.app, &done.signed_in, body)
}

async fn disable(call: Call, input: Input<(), (), Password>) -> Result<Json<Value>> {
    second_factor::disable(&call.app, &call.caller, &input.body.0).await?;
    Ok(Json(json!({ "message": DISABLED })))
}

async fn recovery_codes(call: Call, input: Input<(), (), Password>) -> Result<Json<Value>> {
    let codes = second_factor::new_recovery_codes(&call.app, &call.caller, &input.body.0).await?;
    Ok(Json(json!({ "recoveryCodes": texts(&codes) })))
}

fn texts(codes: &[SecretString]) -> Vec<&str> {
    codes.iter().map(|code| code.expose_secret()).collect()
}
