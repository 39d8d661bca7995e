//! A user's own account and sign-ins.

use axum::response::Response;
use keyferry_domain::sessions::{self, Session as Row};
use keyferry_domain::users::{ChangePassword, User};
use keyferry_domain::{Actor, Result, second_factor};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{TAG, cookie};
use crate::endpoint::{Call, Endpoint, Input, Json, delete, get, post};
use crate::wire::{Decode, Fields, secret_text, text, timestamp, uuid};

struct Password(ChangePassword);

impl Decode for Password {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let current = f.required("currentPassword", secret_text());
        let new = f.required("newPassword", text().min(1));
        Some(Self(ChangePassword { current: current?, new: SecretString::from(new?) }))
    }
}

struct Session {
    id: Uuid,
}

impl Decode for Session {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let id = f.required("sessionId", uuid());
        Some(Self { id: id? })
    }
}

const REVOKED: &str = "Successfully revoked session";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let own = |endpoint: Endpoint| endpoint.tag(TAG).users_only().organization_optional();
    vec![
        own(get("/api/v1/user", me)).id("getCurrentUser").summary("The caller's account").answers(example),
        own(get("/api/v2/users/me", me)).id("getCurrentUserV2").summary("The caller's account").answers(example),
        own(post("/api/v2/users/me/password", change_password))
            .id("changePassword")
            .summary("Change the password; every other session ends")
            .answers(|| json!({ "token": "eyJhbGciOiJIUzI1NiJ9.e30.signature" })),
        own(get("/api/v2/users/me/sessions", list)).id("listSessions").summary("The caller's live sessions").answers(|| {
            json!([{
                "id": "4f2b7c1e-0d7e-4a52-9d2e-3c6a0f0f6b11", "ip": "10.0.0.9", "userAgent": "cli", "isCurrent": true,
                "lastUsed": "2026-01-31T10:20:30.123Z", "createdAt": "2026-01-31T10:20:30.123Z",
                "updatedAt": "2026-01-31T10:20:30.123Z"
            }])
        }),
        own(delete("/api/v2/users/me/sessions", revoke_others))
            .id("revokeOtherSessions")
            .summary("End every session but this one")
            .answers(|| json!({ "message": REVOKED })),
        own(delete("/api/v2/users/me/sessions/{sessionId}", revoke))
            .id("revokeSession")
            .summary("End a session")
            .answers(|| json!({ "message": REVOKED })),
    ]
}

async fn me(call: Call, _: Input) -> Result<Json<Value>> {
    let row = keyferry_domain::users::me(&call.app, &call.caller).await?;
    let status = second_factor::status(&call.app, &call.caller).await?;
    Ok(Json(json!({ "user": user(&row, status.is_enabled) })))
}

async fn change_password(call: Call, input: Input<(), (), Password>) -> Result<Response> {
    let signed_in = keyferry_domain::users::change_password(&call.app, &call.caller, input.body.0).await?;
    cookie::with_refresh(&call.app, &signed_in, json!({ "token": signed_in.access_token.expose_secret() }))
}

async fn list(call: Call, _: Input) -> Result<Json<Value>> {
    let own = match &call.caller.actor {
        Actor::User { session_id, .. } => Some(*session_id),
        _ => None,
    };
    let rows = sessions::list(&call.app, &call.caller).await?;
    Ok(Json(rows.iter().map(|row| session(row, Some(row.id) == own)).collect()))
}

async fn revoke(call: Call, input: Input<Session>) -> Result<Json<Value>> {
    sessions::revoke(&call.app, &call.caller, input.params.id).await?;
    Ok(Json(json!({ "message": REVOKED })))
}

async fn revoke_others(call: Call, _: Input) -> Result<Json<Value>> {
    sessions::revoke_others(&call.app, &call.caller).await?;
    Ok(Json(json!({ "message": REVOKED })))
}

fn user(user: &User, is_mfa_enabled: bool) -> Value {
    json!({
        "id": user.id, "_id": user.id, "username": user.username, "email": user.email,
        "firstName": user.first_name, "lastName": user.last_name, "superAdmin": user.is_super_admin,
        "isAccepted": true, "isMfaEnabled": is_mfa_enabled, "authMethods": ["email"],
        "createdAt": timestamp(user.created_at_ms), "updatedAt": timestamp(user.updated_at_ms)
    })
}

fn session(row: &Row, is_current: bool) -> Value {
    json!({
        "id": row.id, "ip": row.ip, "userAgent": row.user_agent, "isCurrent": is_current,
        "lastUsed": timestamp(row.last_used_at_ms), "createdAt": timestamp(row.created_at_ms),
        "updatedAt": timestamp(row.updated_at_ms)
    })
}

fn example() -> Value {
    json!({ "user": {
        "id": "4f2b7c1e-0d7e-4a52-9d2e-3c6a0f0f6b11", "username": "ada@example.com", "email|null": "ada@example.com",
        "firstName|null": "Ada", "lastName|null": null, "superAdmin": false, "createdAt": "2026-01-31T10:20:30.123Z",
        "updatedAt": "2026-01-31T10:20:30.123Z"
    }})
}
