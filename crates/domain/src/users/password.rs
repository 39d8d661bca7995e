//! Changing a password.

use secrecy::{ExposeSecret as _, SecretString};

use crate::app::App;
use crate::audit::{self, Event};
use crate::authentication::{self, password_error};
use crate::caller::{Actor, Caller};
use crate::error::{Error, Result};
use crate::second_factor;
use crate::sessions::{self, SignedIn};

/// A change of the caller's own password.
pub struct ChangePassword {
    /// The present one.
    pub current: SecretString,
    /// The next one.
    pub new: SecretString,
}

/// Replaces the caller's password. Every other session ends; this one gets new tokens.
///
/// # Errors
/// 400 when the present password is wrong or the new one is blank.
pub async fn change_password(app: &App, caller: &Caller, input: ChangePassword) -> Result<SignedIn> {
    let Actor::User { id, session_id, .. } = &caller.actor else {
        return Err(Error::forbidden("Only users have a password"));
    };
    if input.new.expose_secret().trim().is_empty() {
        return Err(Error::bad_request("The new password must not be blank"));
    }
    second_factor::require_proved(app.db.read(), caller).await?;
    let user = super::prove_own_password(app, caller, &input.current).await?;
    let hash = app.passwords.hash(&input.new).await.map_err(password_error)?;
    let now_ms = app.now_ms();
    let tx = app.db.begin().await?;
    let mut row = super::still(&tx, &user).await?;
    authentication::forget_attempts(&tx, &row.username).await?;
    row.password_hash = Some(hash);
    row.updated_at_ms = now_ms;
    keyferry_db::update(&tx, row).await?;
    keyferry_db::sessions::revoke_all(&tx, *id, Some(*session_id), now_ms).await?;
    let signed_in = sessions::renew(app, &tx, *id, *session_id, caller.org_id).await?;
    audit::record(app, &tx, caller, Event::org(caller, "change-password", serde_json::json!({}))).await?;
    tx.commit().await?;
    authentication::forget(app);
    Ok(signed_in)
}
