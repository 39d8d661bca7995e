//! The second factor of people: an authenticator app (TOTP), and recovery codes that stand in for it (core API contract, section
//! 4.1, step 4).
//!
//! Until the second factor is proved, a session of somebody who has one is good for two things: listing organizations, and being
//! asked for the code.

mod attempts;
mod codes;
mod enrolment;
mod manage;
mod verify;

pub use enrolment::{Confirmed, Enrolment, confirm, start};
pub use manage::{Status, disable, new_recovery_codes, remove, status};
pub use verify::{Given, challenge, check, verify};

use keyferry_db::Conn;
use keyferry_db::entities::{sessions, user_totps};
use uuid::Uuid;

use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::error::{Error, Result};

/// Whether a user has a confirmed second factor.
pub(crate) async fn is_enabled(conn: &impl Conn, user_id: Uuid) -> Result<bool> {
    Ok(keyferry_db::second_factors::find(conn, user_id).await?.is_some_and(|row| row.confirmed_at_ms.is_some()))
}

/// Whether a session still waits for its user's second factor.
pub(crate) async fn is_pending(conn: &impl Conn, session: &sessions::Model) -> Result<bool> {
    Ok(!session.is_mfa_verified && is_enabled(conn, session.user_id).await?)
}

/// Refuses a session that still waits for its user's second factor.
///
/// # Errors
/// 401 for such a session, 403 for anybody but a user.
pub(crate) async fn require_proved(conn: &impl Conn, caller: &Caller) -> Result<()> {
    let (user_id, session_id) = own(caller)?;
    if !is_enabled(conn, user_id).await? {
        return Ok(());
    }
    let session = keyferry_db::find_by_id::<sessions::Model>(conn, session_id).await?;
    if session.is_some_and(|session| session.user_id == user_id && session.is_mfa_verified && session.revoked_at_ms.is_none()) {
        return Ok(());
    }
    Err(pending())
}

/// The refusal of a session that still waits.
pub(crate) fn pending() -> Error {
    Error::Unauthorized { name: Some("MfaRequired".to_owned()), message: "Prove your second factor first, please".to_owned() }
}

/// The user and session of a caller.
fn own(caller: &Caller) -> Result<(Uuid, Uuid)> {
    match &caller.actor {
        Actor::User { id, session_id, .. } => Ok((*id, *session_id)),
        _ => Err(Error::forbidden("Only users have a second factor")),
    }
}

fn label(user_id: Uuid) -> String {
    format!("totp-secret:{user_id}")
}

fn open_secret(app: &App, row: &user_totps::Model) -> Result<keyferry_crypto::TotpSecret> {
    Ok(keyferry_crypto::TotpSecret::from_bytes(app.keys.open_own(&label(row.user_id), &row.secret)?))
}
