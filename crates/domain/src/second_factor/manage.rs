//! Looking at the second factor, switching it off, and new recovery codes.

use keyferry_db::entities::users as user_rows;
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

use super::{attempts, codes, own, require_proved};
use crate::app::App;
use crate::audit::{self, Event};
use crate::authentication;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::users;

/// How a person's second factor stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Whether it is asked for at sign-in.
    pub is_enabled: bool,
    /// Recovery codes that are left.
    pub recovery_codes: u64,
}

/// The caller's own.
///
/// # Errors
/// 403 for anybody but a user.
pub async fn status(app: &App, caller: &Caller) -> Result<Status> {
    let (user_id, _) = own(caller)?;
    let conn = app.db.read();
    let is_enabled = super::is_enabled(conn, user_id).await?;
    let recovery_codes = if is_enabled { keyferry_db::second_factors::count_unused(conn, user_id).await? } else { 0 };
    Ok(Status { is_enabled, recovery_codes })
}

/// Switches the caller's second factor off.
///
/// # Errors
/// 400 for a wrong password or when there is none, 401 for a session that has not proved it.
pub async fn disable(app: &App, caller: &Caller, password: &SecretString) -> Result<()> {
    require_proved(app.db.read(), caller).await?;
    let user = users::prove_own_password(app, caller, password).await?;
    let tx = app.db.begin().await?;
    let user = users::still(&tx, &user).await?;
    authentication::forget_attempts(&tx, &user.username).await?;
    if !keyferry_db::second_factors::clear(&tx, user.id).await? {
        return Err(none());
    }
    audit::record(app, &tx, caller, Event::org(caller, "disable-user-mfa", json!({"mfaMethod": "totp"}))).await?;
    tx.commit().await?;
    Ok(())
}

/// Replaces the caller's recovery codes; the ones before are good no more.
///
/// # Errors
/// As [`disable`].
pub async fn new_recovery_codes(app: &App, caller: &Caller, password: &SecretString) -> Result<Vec<SecretString>> {
    require_proved(app.db.read(), caller).await?;
    let user = users::prove_own_password(app, caller, password).await?;
    let tx = app.db.begin().await?;
    let user = users::still(&tx, &user).await?;
    authentication::forget_attempts(&tx, &user.username).await?;
    keyferry_db::second_factors::lock(&tx, user.id).await?.filter(|row| row.confirmed_at_ms.is_some()).ok_or_else(none)?;
    let codes = codes::replace(app, &tx, user.id).await?;
    audit::record(app, &tx, caller, Event::org(caller, "create-user-recovery-codes", json!({"count": codes.len()}))).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Takes somebody's second factor away, for a person who has neither the app nor a recovery code. Only for those who administer
/// the installation; the person's sessions end.
///
/// # Errors
/// 403 for anybody else, 404 for an unknown user, 400 when there is none.
pub async fn remove(app: &App, caller: &Caller, user_id: Uuid) -> Result<()> {
    users::require_instance_admin(caller)?;
    let tx = app.db.begin().await?;
    let user: user_rows::Model = keyferry_db::users::lock(&tx, user_id)
        .await?
        .ok_or_else(|| Error::not_found(format!("User with ID '{user_id}' not found")))?;
    if !keyferry_db::second_factors::clear(&tx, user.id).await? {
        return Err(none());
    }
    attempts::forget(&tx, user.id).await?;
    keyferry_db::sessions::revoke_all(&tx, user.id, None, app.now_ms()).await?;
    let metadata = json!({"userId": user.id, "email": user.email, "mfaMethod": "totp"});
    audit::record(app, &tx, caller, Event::org(caller, "remove-user-mfa", metadata)).await?;
    tx.commit().await?;
    authentication::forget(app);
    Ok(())
}

fn none() -> Error {
    Error::bad_request("There is no authenticator app set up")
}
