//! The second step of signing in.

use keyferry_db::WriteTx;
use keyferry_db::entities::{sessions as session_rows, user_totps};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use uuid::Uuid;

use super::{attempts, codes, is_enabled, is_pending, open_secret, own};
use crate::app::App;
use crate::audit::{self, Event};
use crate::authentication::{self, KIND_MFA, MfaClaims};
use crate::caller::{Caller, Origin};
use crate::error::{Error, Result};
use crate::sessions::{self, SignedIn};

/// How long somebody has to type the code, seconds.
const CHALLENGE_S: i64 = 600;

/// What somebody proves the second factor with.
pub enum Given {
    /// The code that the app shows.
    Totp(SecretString),
    /// A recovery code.
    Recovery(SecretString),
}

/// A token to prove the second factor with; `None` for a session that needs none any more.
///
/// # Errors
/// 403 for anybody but a user, 404 for an unknown session.
pub async fn challenge(app: &App, caller: &Caller) -> Result<Option<SecretString>> {
    let (user_id, session_id) = own(caller)?;
    let conn = app.db.read();
    if !is_enabled(conn, user_id).await? {
        return Ok(None);
    }
    let session = keyferry_db::find_by_id::<session_rows::Model>(conn, session_id)
        .await?
        .filter(|session| session.user_id == user_id && session.revoked_at_ms.is_none())
        .ok_or_else(|| Error::not_found("Session not found"))?;
    if session.is_mfa_verified {
        return Ok(None);
    }
    let now_s = app.now_ms().div_euclid(1000);
    let claims = MfaClaims {
        auth_token_type: KIND_MFA.to_owned(),
        user_id,
        token_version_id: session_id,
        access_version: session.access_version,
        iat: now_s,
        exp: now_s + CHALLENGE_S,
    };
    Ok(Some(SecretString::from(app.keys.jwt().sign(&claims).map_err(Error::internal)?)))
}

/// Whether the holder of a challenge has an authenticator app.
///
/// # Errors
/// Those of a token that is no good.
pub async fn check(app: &App, token: &str) -> Result<bool> {
    let claims = read(app, token)?;
    is_enabled(app.db.read(), claims.user_id).await
}

/// Proves the second factor of the session behind a challenge: it gets new tokens, without an organization, and the ones before
/// are good no more.
///
/// # Errors
/// Those of a token that is no good, 401 for a session that has ended or needs no proof, 400 for a wrong code, 429 after too many.
pub async fn verify(app: &App, origin: Origin, token: &str, given: Given) -> Result<SignedIn> {
    let claims = read(app, token)?;
    attempts::reserve(app, claims.user_id).await?;
    let now_ms = app.now_ms();
    let tx = app.db.begin().await?;
    // The user's row first, as everywhere: two of these at once must not wait for each other.
    let user = keyferry_db::users::lock(&tx, claims.user_id).await?.filter(|user| user.is_active).ok_or_else(stale)?;
    let session = keyferry_db::sessions::lock(&tx, claims.token_version_id)
        .await?
        .filter(|session| {
            session.user_id == claims.user_id
                && session.access_version == claims.access_version
                && session.revoked_at_ms.is_none()
                && now_ms < session.expires_at_ms
        })
        .ok_or_else(stale)?;
    if !is_pending(&tx, &session).await? {
        return Err(stale());
    }
    let caller = Caller { actor: sessions::actor(&user, session.id), org_id: None, origin };
    let row = keyferry_db::second_factors::lock(&tx, user.id).await?.ok_or_else(stale)?;
    let (is_right, method) = match &given {
        Given::Totp(code) => (redeem_step(app, &tx, row, code, now_ms).await?, "totp"),
        Given::Recovery(code) => (codes::redeem(app, &tx, user.id, code).await?, "recovery-code"),
    };
    let metadata = json!({"authMethod": "email", "mfaMethod": method});
    // The organization that a sign-in is told to, as for the password.
    let org_id = sessions::told_to(&tx, user.id).await?;
    if !is_right {
        drop(tx);
        audit::record_refusal(app, &caller, event(org_id, metadata))?;
        return Err(Error::bad_request_named("mfa_invalid", "Invalid code"));
    }
    attempts::forget(&tx, user.id).await?;
    sessions::mark_proved(app, &tx, user.id, session.id).await?;
    let signed_in = sessions::renew(app, &tx, user.id, session.id, None).await?;
    audit::record(app, &tx, &caller, event(org_id, metadata)).await?;
    tx.commit().await?;
    authentication::forget(app);
    Ok(signed_in)
}

fn event(org_id: Option<Uuid>, metadata: serde_json::Value) -> Event {
    Event { kind: "user-mfa-verify", org_id, project_id: None, metadata }
}

async fn redeem_step(app: &App, tx: &WriteTx, mut row: user_totps::Model, code: &SecretString, now_ms: i64) -> Result<bool> {
    // People copy the blank that apps show between the halves.
    let code: String = code.expose_secret().split_whitespace().collect();
    let Some(step) = open_secret(app, &row)?.matching_step(&code, now_ms.div_euclid(1000), row.last_step) else {
        return Ok(false);
    };
    row.last_step = Some(step);
    row.updated_at_ms = now_ms;
    keyferry_db::update(tx, row).await?;
    Ok(true)
}

fn read(app: &App, token: &str) -> Result<MfaClaims> {
    let claims: MfaClaims = authentication::verify(app, token)?;
    if claims.auth_token_type == KIND_MFA {
        return Ok(claims);
    }
    Err(Error::forbidden("You are not allowed to access this resource"))
}

fn stale() -> Error {
    Error::Unauthorized {
        name: Some("StaleSession".to_owned()),
        message: "User session is stale, please re-authenticate".to_owned(),
    }
}
