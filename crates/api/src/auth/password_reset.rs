//! Forgotten passwords. Our own shapes: no mail is sent, the link is handed over by hand.

use keyferry_domain::{Result, second_factor, users};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;

use super::TAG;
use crate::endpoint::{AnonymousCall, Call, Endpoint, Input, Json, delete, post};
use crate::wire::{Decode, Fields, secret_text, text, timestamp, uuid};

struct Reset {
    token: SecretString,
    password: SecretString,
}

impl Decode for Reset {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let token = f.required("token", secret_text());
        let password = f.required("password", text().min(1));
        Some(Self { token: token?, password: SecretString::from(password?) })
    }
}

struct UserPath(Uuid);

impl Decode for UserPath {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("userId", uuid()).map(Self)
    }
}

const RESET: &str = "Successfully reset password";
const REMOVED: &str = "Successfully removed the user's authenticator app";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        post("/api/v1/password/reset", reset)
            .id("resetPassword")
            .tag(TAG)
            .summary("Choose a new password with the token of a link; every session ends")
            .answers(|| json!({ "message": RESET })),
        post("/api/v1/admin/user-management/users/{userId}/password-reset-link", make_link)
            .id("createPasswordResetLink")
            .tag(TAG)
            .summary("Make a link to a new password, to be handed over; for administrators of the installation")
            .organization_optional()
            .permission("instance:admin")
            .answers(|| {
                json!({
                    "user": { "id": "4f2b7c1e-0d7e-4a52-9d2e-3c6a0f0f6b11", "email": "ada@example.com" },
                    "link": "https://keyferry.example.com/reset-password?token=…", "expiresAt": "2026-01-31T10:20:30.123Z"
                })
            }),
        delete("/api/v1/admin/user-management/users/{userId}/mfa", remove_second_factor)
            .id("removeUserMfa")
            .tag(TAG)
            .summary("Take a user's second factor away; for administrators of the installation")
            .organization_optional()
            .permission("instance:admin")
            .answers(|| json!({ "message": REMOVED })),
    ]
}

async fn reset(call: AnonymousCall, input: Input<(), (), Reset>) -> Result<Json<Value>> {
    users::reset_password(&call.app, call.origin, &input.body.token, &input.body.password).await?;
    Ok(Json(json!({ "message": RESET })))
}

async fn make_link(call: Call, input: Input<UserPath>) -> Result<Json<Value>> {
    let made = users::make_reset_link(&call.app, &call.caller, input.params.0).await?;
    Ok(Json(json!({
        "user": { "id": made.user.id, "email": made.user.email },
        "link": made.link(&call.app).expose_secret(),
        "expiresAt": timestamp(made.expires_at_ms),
    })))
}

async fn remove_second_factor(call: Call, input: Input<UserPath>) -> Result<Json<Value>> {
    second_factor::remove(&call.app, &call.caller, input.params.0).await?;
    Ok(Json(json!({ "message": REMOVED })))
}
