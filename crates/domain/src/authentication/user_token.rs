//! Access tokens of users: the session, the user and the membership behind them.

use std::sync::Arc;

use keyferry_db::entities::{sessions, users};
use uuid::Uuid;

use super::cache::{Key, Known, VALID_MS};
use super::claims::Claims;
use super::token_error;
use super::trusted_ips::TrustedIps;
use crate::app::App;
use crate::caller::{Actor, Caller, Origin};
use crate::error::{Error, Result};
use crate::second_factor;

/// How often the time of the last use is written down.
pub(super) const TOUCH_MS: i64 = 60_000;

pub(super) async fn authenticate(app: &App, claims: &Claims, origin: Origin) -> Result<Caller> {
    let (Some(user_id), Some(session_id), Some(access_version)) =
        (claims.user_id, claims.token_version_id, claims.access_version)
    else {
        return Err(token_error(keyferry_crypto::TokenError::Malformed));
    };
    let now_ms = app.now_ms();
    let key = Key::Session(session_id, claims.organization_id);
    let known = match app.tokens.get(key, now_ms) {
        Some(known) => known,
        None => {
            let epoch = app.tokens.epoch();
            let known = Arc::new(load(app, user_id, session_id, claims.organization_id, now_ms).await?);
            app.tokens.insert(epoch, key, Arc::clone(&known));
            known
        }
    };
    if known.access_version != access_version || known.actor.id() != Some(user_id) {
        return Err(stale());
    }
    Ok(Caller { actor: known.actor.clone(), org_id: known.org_id, origin })
}

async fn load(app: &App, user_id: Uuid, session_id: Uuid, org_id: Option<Uuid>, now_ms: i64) -> Result<Known> {
    let conn = app.db.read();
    let session = keyferry_db::find_by_id::<sessions::Model>(conn, session_id)
        .await?
        .filter(|session| session.user_id == user_id)
        .ok_or_else(|| Error::not_found("Session not found"))?;
    if session.revoked_at_ms.is_some() || session.expires_at_ms <= now_ms {
        return Err(stale());
    }
    let user =
        keyferry_db::find_by_id::<users::Model>(conn, user_id).await?.ok_or_else(|| Error::not_found("Session not found"))?;
    if !user.is_active {
        return Err(Error::unauthorized("Account is locked"));
    }
    if let Some(org_id) = org_id {
        // A session gets its organization after the second factor; this one is from before there was one.
        if second_factor::is_pending(conn, &session).await? {
            return Err(stale());
        }
        let membership = keyferry_db::access::find_org_membership_of_user(conn, org_id, user_id)
            .await?
            .ok_or_else(|| Error::forbidden("User not member of organization"))?;
        if !membership.is_active {
            return Err(Error::forbidden("User organization membership is inactive"));
        }
    }
    if now_ms - session.last_used_at_ms >= TOUCH_MS
        && let Err(error) = touch(app, session_id, now_ms).await
    {
        tracing::debug!(%error, "the time of a session's last use was not written");
    }
    Ok(Known {
        actor: Actor::User {
            id: user.id,
            username: user.username,
            email: user.email,
            session_id,
            is_super_admin: user.is_super_admin,
        },
        org_id,
        trusted_ips: TrustedIps::default(),
        access_version: session.access_version,
        dies_at_ms: Some(session.expires_at_ms),
        valid_until_ms: now_ms + VALID_MS,
    })
}

async fn touch(app: &App, session_id: Uuid, now_ms: i64) -> Result<()> {
    let tx = app.db.begin().await?;
    keyferry_db::sessions::touch(&tx, session_id, now_ms).await?;
    Ok(tx.commit().await?)
}

fn stale() -> Error {
    Error::Unauthorized {
        name: Some("StaleSession".to_owned()),
        message: "User session is stale, please re-authenticate".to_owned(),
    }
}
