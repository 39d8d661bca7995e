//! A forgotten password: somebody who administers the installation makes a link and hands it over; whoever has it chooses a new
//! password. The second factor is not touched.

use keyferry_crypto::constant_time_eq;
use keyferry_db::entities::users;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use uuid::Uuid;

use super::proof::require_instance_admin;
use crate::app::App;
use crate::audit::{self, Event};
use crate::authentication::{self, KIND_RESET, ResetClaims, password_error};
use crate::caller::{Caller, Origin};
use crate::error::{Error, Result};
use crate::sessions;

/// How long a link is good, seconds.
const LINK_S: i64 = 86_400;
/// Longest password, in bytes.
const MAX_PASSWORD: usize = 1024;

/// A link that was made; it is shown once.
pub struct ResetLink {
    /// Whose password it changes.
    pub user: users::Model,
    /// The token in it.
    pub token: SecretString,
    /// When it ends, milliseconds.
    pub expires_at_ms: i64,
}

impl ResetLink {
    /// The page where the password is chosen.
    #[must_use]
    pub fn link(&self, app: &App) -> SecretString {
        SecretString::from(format!("{}/reset-password?token={}", app.settings.public_url, self.token.expose_secret()))
    }
}

/// Makes a link for somebody. It is good for a day and for one change; a change of the password by other means ends it.
///
/// # Errors
/// 403 for those who do not administer the installation, 404 for an unknown user, 400 for one who is disabled.
pub async fn make_reset_link(app: &App, caller: &Caller, user_id: Uuid) -> Result<ResetLink> {
    require_instance_admin(caller)?;
    let tx = app.db.begin().await?;
    let user = keyferry_db::users::lock(&tx, user_id)
        .await?
        .ok_or_else(|| Error::not_found(format!("User with ID '{user_id}' not found")))?;
    if !user.is_active {
        return Err(Error::bad_request("This user is disabled"));
    }
    let now_s = app.now_ms().div_euclid(1000);
    let claims = ResetClaims {
        auth_token_type: KIND_RESET.to_owned(),
        user_id,
        state: state(app, &user),
        iat: now_s,
        exp: now_s + LINK_S,
    };
    let token = SecretString::from(app.keys.jwt().sign(&claims).map_err(Error::internal)?);
    let metadata = json!({"userId": user.id, "email": user.email});
    audit::record(app, &tx, caller, Event::org(caller, "create-password-reset-link", metadata)).await?;
    tx.commit().await?;
    Ok(ResetLink { user, token, expires_at_ms: (now_s + LINK_S) * 1000 })
}

/// Sets the password of a link's user. Every session of the person ends.
///
/// # Errors
/// Those of a token that is no good, 400 for a link that was used already and for a password that is blank or too long.
pub async fn reset_password(app: &App, origin: Origin, token: &SecretString, password: &SecretString) -> Result<users::Model> {
    let claims: ResetClaims = authentication::verify(app, token.expose_secret())?;
    if claims.auth_token_type != KIND_RESET {
        return Err(Error::forbidden("You are not allowed to access this resource"));
    }
    let text = password.expose_secret();
    if text.trim().is_empty() || text.len() > MAX_PASSWORD {
        return Err(Error::bad_request("The new password must not be blank or longer than 1,024 bytes"));
    }
    let hash = app.passwords.hash(password).await.map_err(password_error)?;
    let now_ms = app.now_ms();
    let tx = app.db.begin().await?;
    let mut user = keyferry_db::users::lock(&tx, claims.user_id)
        .await?
        .filter(|user| user.is_active && constant_time_eq(state(app, user).as_bytes(), claims.state.as_bytes()))
        .ok_or_else(|| Error::bad_request("This link was used already or has been withdrawn. Ask for another one."))?;
    user.password_hash = Some(hash);
    user.updated_at_ms = now_ms;
    keyferry_db::update(&tx, user.clone()).await?;
    authentication::forget_attempts(&tx, &user.username).await?;
    keyferry_db::sessions::revoke_all(&tx, user.id, None, now_ms).await?;
    let caller = Caller { actor: sessions::actor(&user, Uuid::nil()), org_id: None, origin };
    let org_id = sessions::told_to(&tx, user.id).await?;
    let event = Event { kind: "reset-password", org_id, project_id: None, metadata: json!({"userId": user.id}) };
    audit::record(app, &tx, &caller, event).await?;
    tx.commit().await?;
    authentication::forget(app);
    Ok(user)
}

/// What a link is bound to: it changes with every password.
fn state(app: &App, user: &users::Model) -> String {
    let text = format!("{}:{}", user.id, user.password_hash.as_deref().unwrap_or_default());
    hex::encode(app.keys.tokens().hash("password-reset", &text))
}
