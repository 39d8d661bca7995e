//! Sign-ins of users: the row that access tokens and refresh tokens point at.

mod manage;
pub mod web;

use keyferry_crypto::random_hex;
use keyferry_db::WriteTx;
use keyferry_db::entities::{sessions, users};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

/// A session's row.
pub use keyferry_db::entities::sessions::Model as Session;
pub use manage::{list, revoke, revoke_others};

use crate::app::App;
use crate::authentication::{KIND_REFRESH, KIND_USER, RefreshClaims, UserClaims};
use crate::caller::{Actor, Origin};
use crate::error::{Error, Result};

/// How long an access token is good.
const ACCESS_S: i64 = 86_400;
/// How long a session lives without being refreshed.
const SESSION_MS: i64 = 10 * 86_400_000;

/// A session with its tokens; they are shown once.
pub struct SignedIn {
    /// The session.
    pub session_id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// The organization it acts in.
    pub org_id: Option<Uuid>,
    /// The bearer token, good for a day.
    pub access_token: SecretString,
    /// Exchanged once for the next pair.
    pub refresh_token: SecretString,
    /// When the session ends unless refreshed, milliseconds.
    pub expires_at_ms: i64,
}

/// Opens a session without an organization.
pub(crate) async fn open(app: &App, tx: &WriteTx, user: &users::Model, origin: &Origin) -> Result<SignedIn> {
    let now_ms = app.now_ms();
    let id = app.ids.v4();
    let expires_at_ms = now_ms + SESSION_MS;
    let refresh_token = sign_refresh(app, user.id, id, expires_at_ms)?;
    let session = sessions::Model {
        id,
        user_id: user.id,
        org_id: None,
        refresh_hash: refresh_hash(app, refresh_token.expose_secret()).to_vec(),
        previous_refresh_hash: None,
        access_version: 1,
        ip: origin.ip.map(|ip| ip.to_string()).unwrap_or_default(),
        user_agent: origin.user_agent.clone().unwrap_or_default(),
        is_mfa_verified: false,
        last_used_at_ms: now_ms,
        expires_at_ms,
        revoked_at_ms: None,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(tx, session.clone()).await?;
    signed_in(app, &session, refresh_token)
}

/// Gives a session new tokens and an organization; the refresh token before is used up.
pub(crate) async fn rotate(app: &App, tx: &WriteTx, user_id: Uuid, session_id: Uuid, org_id: Option<Uuid>) -> Result<SignedIn> {
    advance(app, tx, user_id, session_id, org_id, 0).await
}

/// Like [`rotate`], and ends the access tokens signed before.
pub(crate) async fn renew(app: &App, tx: &WriteTx, user_id: Uuid, session_id: Uuid, org_id: Option<Uuid>) -> Result<SignedIn> {
    advance(app, tx, user_id, session_id, org_id, 1).await
}

async fn advance(
    app: &App,
    tx: &WriteTx,
    user_id: Uuid,
    session_id: Uuid,
    org_id: Option<Uuid>,
    versions: i32,
) -> Result<SignedIn> {
    let now_ms = app.now_ms();
    let mut session = keyferry_db::sessions::lock(tx, session_id)
        .await?
        .filter(|session| session.user_id == user_id && session.revoked_at_ms.is_none())
        .ok_or_else(|| Error::not_found("Session not found"))?;
    session.expires_at_ms = now_ms + SESSION_MS;
    let refresh_token = sign_refresh(app, user_id, session_id, session.expires_at_ms)?;
    let hash = refresh_hash(app, refresh_token.expose_secret()).to_vec();
    session.previous_refresh_hash = Some(std::mem::replace(&mut session.refresh_hash, hash));
    session.org_id = org_id;
    session.access_version += versions;
    session.last_used_at_ms = now_ms;
    session.updated_at_ms = now_ms;
    keyferry_db::update(tx, session.clone()).await?;
    signed_in(app, &session, refresh_token)
}

/// Notes that a session's user proved the second factor; what renews the session next says so in its tokens.
pub(crate) async fn mark_proved(app: &App, tx: &WriteTx, user_id: Uuid, session_id: Uuid) -> Result<()> {
    let mut session = keyferry_db::sessions::lock(tx, session_id)
        .await?
        .filter(|session| session.user_id == user_id && session.revoked_at_ms.is_none())
        .ok_or_else(|| Error::not_found("Session not found"))?;
    session.is_mfa_verified = true;
    session.updated_at_ms = app.now_ms();
    Ok(keyferry_db::update(tx, session).await?)
}

/// The organization whose audit log is told of what a person does before choosing one.
pub(crate) async fn told_to(tx: &WriteTx, user_id: Uuid) -> Result<Option<Uuid>> {
    let memberships = keyferry_db::org_memberships::list_of_user(tx, user_id).await?;
    Ok(memberships.into_iter().find(|membership| membership.is_active).map(|membership| membership.org_id))
}

/// The caller's side of a session.
pub(crate) fn actor(user: &users::Model, session_id: Uuid) -> Actor {
    Actor::User {
        id: user.id,
        username: user.username.clone(),
        email: user.email.clone(),
        session_id,
        is_super_admin: user.is_super_admin,
    }
}

/// What is stored of a refresh token.
pub(crate) fn refresh_hash(app: &App, refresh_token: &str) -> [u8; 32] {
    app.keys.tokens().hash("refresh-token", refresh_token)
}

fn sign_refresh(app: &App, user_id: Uuid, session_id: Uuid, expires_at_ms: i64) -> Result<SecretString> {
    let claims = RefreshClaims {
        auth_token_type: KIND_REFRESH.to_owned(),
        user_id,
        token_version_id: session_id,
        jti: random_hex(16).expose_secret().to_owned(),
        iat: app.now_ms().div_euclid(1000),
        exp: expires_at_ms.div_euclid(1000),
    };
    Ok(SecretString::from(app.keys.jwt().sign(&claims).map_err(Error::internal)?))
}

fn signed_in(app: &App, session: &sessions::Model, refresh_token: SecretString) -> Result<SignedIn> {
    let now_s = app.now_ms().div_euclid(1000);
    let claims = UserClaims {
        auth_method: "email",
        auth_token_type: KIND_USER,
        user_id: session.user_id,
        token_version_id: session.id,
        access_version: session.access_version,
        organization_id: session.org_id,
        is_mfa_verified: session.is_mfa_verified,
        mfa_method: session.is_mfa_verified.then_some("totp"),
        iat: now_s,
        exp: now_s + ACCESS_S,
    };
    let access_token = SecretString::from(app.keys.jwt().sign(&claims).map_err(Error::internal)?);
    Ok(SignedIn {
        session_id: session.id,
        user_id: session.user_id,
        org_id: session.org_id,
        access_token,
        refresh_token,
        expires_at_ms: session.expires_at_ms,
    })
}
