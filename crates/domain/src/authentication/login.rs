//! Signing in with a password.

use keyferry_crypto::PasswordError;
use keyferry_db::WriteTx;
use keyferry_db::entities::users;
use secrecy::SecretString;

use super::lockout::{Policy, after_failure, is_locked, purge_in_passing, subject};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::{Actor, Caller, Origin};
use crate::error::{Error, Result};
use crate::sessions::{self, SignedIn};
use crate::users::canonical_username;

/// Guesses at one name: ten in a quarter of an hour lock it for five minutes.
const POLICY: Policy = Policy { enabled: true, threshold: 10, duration_ms: 300_000, reset_ms: 900_000 };

/// A sign-in.
pub struct LoginInput {
    /// Mail address, in any case.
    pub email: String,
    /// Password.
    pub password: SecretString,
}

/// Opens a session without an organization chosen.
///
/// Every failure has one text and does the same work, so that neither tells who exists, who is locked and who is disabled.
///
/// # Errors
/// 400 `Invalid username or email`.
pub async fn login(app: &App, origin: Origin, input: LoginInput) -> Result<SignedIn> {
    let username = canonical_username(&input.email);
    match prove_password(app, &username, &input.password).await? {
        Proof::Right(user) => open_session(app, origin, user).await,
        Proof::Wrong(user) => {
            let event = Event { kind: "user-login", org_id: None, project_id: None, metadata: serde_json::json!({}) };
            audit::record_refusal(app, &attempt(user.as_ref(), origin), event)?;
            Err(refusal())
        }
    }
}

/// The answer to a password.
pub(crate) enum Proof {
    /// It is this user's, who may sign in. The attempt stays counted until [`forget_attempts`].
    Right(users::Model),
    /// It is not, or the name is locked, unknown or disabled.
    Wrong(Option<users::Model>),
}

/// Checks a password within the bounds on guessing. `username` is canonical.
pub(crate) async fn prove_password(app: &App, username: &str, password: &SecretString) -> Result<Proof> {
    if !reserve_attempt(app, &subject("user", username)).await? {
        return Ok(Proof::Wrong(None));
    }
    let user = keyferry_db::users::find_by_username(app.db.read(), username).await?;
    let hash = user.as_ref().and_then(|user| user.password_hash.as_deref());
    let is_right = app.passwords.verify(password, hash).await.map_err(password_error)?;
    Ok(match user {
        Some(user) if is_right && user.is_active => Proof::Right(user),
        user => Proof::Wrong(user),
    })
}

/// Takes back what [`prove_password`] counted.
pub(crate) async fn forget_attempts(tx: &WriteTx, username: &str) -> Result<()> {
    Ok(keyferry_db::lockouts::clear(tx, &subject("user", username)).await?)
}

/// Counts the attempt as failed before the password is looked at: guesses made at once count like guesses made in turn. The
/// success takes it back.
async fn reserve_attempt(app: &App, subject: &str) -> Result<bool> {
    let now_ms = app.now_ms();
    let tx = app.db.begin().await?;
    let row = keyferry_db::lockouts::lock(&tx, subject, None).await?;
    if is_locked(&row, now_ms) {
        return Ok(false);
    }
    keyferry_db::update(&tx, after_failure(row, POLICY, now_ms)).await?;
    tx.commit().await?;
    purge_in_passing(app).await?;
    Ok(true)
}

async fn open_session(app: &App, origin: Origin, user: users::Model) -> Result<SignedIn> {
    let tx = app.db.begin().await?;
    // Somebody may have disabled the user or changed the password while it was being checked.
    let user = keyferry_db::users::lock(&tx, user.id)
        .await?
        .filter(|now| now.is_active && now.password_hash == user.password_hash)
        .ok_or_else(refusal)?;
    forget_attempts(&tx, &user.username).await?;
    let org_id = sessions::told_to(&tx, user.id).await?;
    let signed_in = sessions::open(app, &tx, &user, &origin).await?;
    let caller = Caller { actor: sessions::actor(&user, signed_in.session_id), org_id, origin };
    let event = Event::org(&caller, "user-login", serde_json::json!({"authMethod": "email"}));
    audit::record(app, &tx, &caller, event).await?;
    tx.commit().await?;
    Ok(signed_in)
}

fn attempt(user: Option<&users::Model>, origin: Origin) -> Caller {
    let actor = match user {
        Some(user) => sessions::actor(user, uuid::Uuid::nil()),
        None => Actor::Platform,
    };
    Caller { actor, org_id: None, origin }
}

fn refusal() -> Error {
    Error::bad_request("Invalid username or email")
}

pub(crate) fn password_error(error: PasswordError) -> Error {
    match error {
        PasswordError::BadHash => Error::internal(error),
        PasswordError::Unavailable => {
            Error::Unavailable { message: "Passwords cannot be checked at the moment. Try again shortly.".to_owned() }
        }
    }
}
