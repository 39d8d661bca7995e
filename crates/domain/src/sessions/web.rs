//! The browser's door to a session: a cookie that holds the session's refresh token. Unlike the API's door it does not use the
//! token up: it is replaced when somebody signs in, chooses an organization or changes the password.

use keyferry_crypto::constant_time_eq;
use keyferry_db::entities::{organizations as organization_rows, sessions, users};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::{SignedIn, actor, refresh_hash};
use crate::access;
use crate::app::App;
use crate::audit::{self, Event};
use crate::authentication::{self, KIND_REFRESH, LoginInput, RefreshClaims};
use crate::caller::{Actor, Caller, Origin};
use crate::error::{Error, Result};
use crate::organizations;
use crate::second_factor::{self, Given};

/// How long the token before is still taken: requests that were on their way when it was replaced.
const GRACE_MS: i64 = 30_000;
/// How often the time of the last use is written down.
const TOUCH_MS: i64 = 60_000;
/// The purpose under which form tokens are derived.
const FORM_TOKEN: &str = "web-form";

/// A browser that is signed in.
pub struct WebSession {
    /// Who, and in which organization.
    pub caller: Caller,
    /// Name of the organization.
    pub organization: Option<String>,
    /// The session.
    pub session_id: Uuid,
    /// Every form of this session carries it; nobody else can know it.
    pub form_token: String,
    /// The colour scheme that the person chose; none while they chose none.
    pub theme: Option<String>,
    /// When the session ends, milliseconds.
    pub expires_at_ms: i64,
}

/// A browser whose visitor gave the right password.
pub enum Opened {
    /// It is signed in.
    SignedIn(SignedIn),
    /// The second factor is to be proved with this token.
    SecondFactor(SecretString),
}

/// Signs a browser in, as far as a password goes. Somebody who belongs to one organization only is in it at once.
///
/// # Errors
/// As [`authentication::login`].
pub async fn open(app: &App, origin: Origin, input: LoginInput) -> Result<Opened> {
    let signed_in = authentication::login(app, origin.clone(), input).await?;
    let user = keyferry_db::find_by_id::<users::Model>(app.db.read(), signed_in.user_id)
        .await?
        .ok_or_else(|| Error::internal("a user is gone right after signing in"))?;
    let caller = Caller { actor: actor(&user, signed_in.session_id), org_id: None, origin: origin.clone() };
    match second_factor::challenge(app, &caller).await? {
        Some(token) => Ok(Opened::SecondFactor(token)),
        None => Ok(Opened::SignedIn(enter(app, origin, signed_in).await?)),
    }
}

/// Signs a browser in with the second factor.
///
/// # Errors
/// As [`second_factor::verify`].
pub async fn prove(app: &App, origin: Origin, token: &SecretString, given: Given) -> Result<SignedIn> {
    let signed_in = second_factor::verify(app, origin.clone(), token.expose_secret(), given).await?;
    enter(app, origin, signed_in).await
}

/// Chooses the organization of somebody who has only one.
async fn enter(app: &App, origin: Origin, signed_in: SignedIn) -> Result<SignedIn> {
    let user = keyferry_db::find_by_id::<users::Model>(app.db.read(), signed_in.user_id)
        .await?
        .ok_or_else(|| Error::internal("a user is gone right after signing in"))?;
    let caller = Caller { actor: actor(&user, signed_in.session_id), org_id: None, origin };
    match organizations::list(app, &caller).await?.as_slice() {
        [only] => choose_organization(app, &caller, only.organization.id).await,
        _ => Ok(signed_in),
    }
}

/// The browser behind a cookie; `None` when it must sign in again.
///
/// # Errors
/// When the database does not answer.
pub async fn authenticate(app: &App, token: &str, origin: Origin) -> Result<Option<WebSession>> {
    let Ok(claims) = authentication::verify::<RefreshClaims>(app, token) else { return Ok(None) };
    if claims.auth_token_type != KIND_REFRESH {
        return Ok(None);
    }
    let (conn, now_ms) = (app.db.read(), app.now_ms());
    let session = keyferry_db::find_by_id::<sessions::Model>(conn, claims.token_version_id)
        .await?
        .filter(|session| session.user_id == claims.user_id && session.revoked_at_ms.is_none() && now_ms < session.expires_at_ms);
    let Some(session) = session.filter(|session| holds(app, session, token, now_ms)) else { return Ok(None) };
    let user = keyferry_db::find_by_id::<users::Model>(conn, session.user_id).await?.filter(|user| user.is_active);
    let Some(user) = user else { return Ok(None) };
    let org_id = match session.org_id {
        Some(org_id) => keyferry_db::access::find_org_membership_of_user(conn, org_id, user.id)
            .await?
            .filter(|membership| membership.is_active)
            .map(|membership| membership.org_id),
        None => None,
    };
    let organization = match org_id {
        Some(org_id) => keyferry_db::find_by_id::<organization_rows::Model>(conn, org_id).await?.map(|row| row.name),
        None => None,
    };
    if now_ms - session.last_used_at_ms >= TOUCH_MS {
        let tx = app.db.begin().await?;
        keyferry_db::sessions::touch(&tx, session.id, now_ms).await?;
        tx.commit().await?;
    }
    if second_factor::is_pending(conn, &session).await? {
        return Ok(None);
    }
    Ok(Some(WebSession {
        caller: Caller { actor: actor(&user, session.id), org_id, origin },
        organization,
        session_id: session.id,
        form_token: hex::encode(app.keys.tokens().hash(FORM_TOKEN, &session.id.to_string())),
        expires_at_ms: session.expires_at_ms,
        theme: user.theme,
    }))
}

/// Whether a form carries its session's token.
#[must_use]
pub fn is_form_token(session: &WebSession, given: &str) -> bool {
    constant_time_eq(session.form_token.as_bytes(), given.as_bytes())
}

/// Gives the session an organization; the cookie is replaced.
///
/// # Errors
/// As [`authentication::select_organization`].
pub async fn choose_organization(app: &App, caller: &Caller, org_id: Uuid) -> Result<SignedIn> {
    let signed_in = authentication::select_organization(app, caller, org_id).await?;
    authentication::forget(app);
    Ok(signed_in)
}

/// Signs the browser out.
///
/// # Errors
/// As [`authentication::logout`].
pub async fn close(app: &App, caller: &Caller) -> Result<()> {
    authentication::logout(app, caller).await
}

/// A sign-in of its own for a program on the person's computer, in the organization of this one.
///
/// # Errors
/// 403 for anybody but a user, 401 without an organization.
pub async fn open_for_program(app: &App, caller: &Caller) -> Result<SignedIn> {
    let org_id = access::require_org(caller)?;
    let user = crate::users::me(app, caller).await?;
    let tx = app.db.begin().await?;
    let opened = super::open(app, &tx, &user, &caller.origin).await?;
    // It stands behind the one that opens it, second factor and all.
    let own = match &caller.actor {
        Actor::User { session_id, .. } => keyferry_db::find_by_id::<sessions::Model>(&tx, *session_id).await?,
        _ => None,
    };
    if own.is_some_and(|own| own.is_mfa_verified) {
        super::mark_proved(app, &tx, user.id, opened.session_id).await?;
    }
    let signed_in = super::rotate(app, &tx, user.id, opened.session_id, Some(org_id)).await?;
    let event = Event::org(caller, "user-login", serde_json::json!({"authMethod": "browser", "client": "cli"}));
    audit::record(app, &tx, caller, event).await?;
    tx.commit().await?;
    Ok(signed_in)
}

fn holds(app: &App, session: &sessions::Model, token: &str, now_ms: i64) -> bool {
    let hash = refresh_hash(app, token);
    let is_present = constant_time_eq(&hash, &session.refresh_hash);
    let is_previous = session.previous_refresh_hash.as_deref().is_some_and(|previous| constant_time_eq(&hash, previous));
    is_present || (is_previous && now_ms - session.updated_at_ms < GRACE_MS)
}
