//! A new access token for a refresh token. Each refresh token is good once: using one again revokes its session, and with it
//! every token that came from the same sign-in.

use keyferry_crypto::constant_time_eq;
use keyferry_db::entities::users;

use super::claims::{KIND_REFRESH, RefreshClaims};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::{Caller, Origin};
use crate::error::{Error, Result};
use crate::second_factor;
use crate::sessions::{self, SignedIn};

/// Exchanges a refresh token.
///
/// # Errors
/// [`Error::Token`] for a token that is no good, 401 for one that was used up, revoked or belongs to a disabled user.
pub async fn refresh(app: &App, origin: Origin, refresh_token: &str) -> Result<SignedIn> {
    let claims: RefreshClaims = super::verify(app, refresh_token)?;
    if claims.auth_token_type != KIND_REFRESH {
        return Err(refused("The token provided is not a refresh token"));
    }
    let now_ms = app.now_ms();
    let tx = app.db.begin().await?;
    let session = keyferry_db::sessions::lock(&tx, claims.token_version_id)
        .await?
        .filter(|session| session.user_id == claims.user_id && session.revoked_at_ms.is_none() && now_ms < session.expires_at_ms)
        .ok_or_else(|| refused("Valid token version not found"))?;
    let user = keyferry_db::find_by_id::<users::Model>(&tx, claims.user_id)
        .await?
        .filter(|user| user.is_active)
        .ok_or_else(|| refused("Valid token version not found"))?;
    let caller = Caller { actor: sessions::actor(&user, session.id), org_id: session.org_id, origin };
    if !constant_time_eq(&sessions::refresh_hash(app, refresh_token), &session.refresh_hash) {
        // This installation signed it, so it was this session's once.
        keyferry_db::sessions::revoke(&tx, user.id, session.id, now_ms).await?;
        let event = Event::org(&caller, "revoke-session", serde_json::json!({"reason": "refresh-token-reused"}));
        audit::record(app, &tx, &caller, event).await?;
        tx.commit().await?;
        super::forget(app);
        return Err(refused("Token version mismatch"));
    }
    let org_id = match session.org_id {
        Some(_) if second_factor::is_pending(&tx, &session).await? => None,
        Some(org_id) => keyferry_db::access::find_org_membership_of_user(&tx, org_id, user.id)
            .await?
            .filter(|membership| membership.is_active)
            .map(|membership| membership.org_id),
        None => None,
    };
    let signed_in = sessions::rotate(app, &tx, user.id, session.id, org_id).await?;
    tx.commit().await?;
    Ok(signed_in)
}

fn refused(message: &str) -> Error {
    Error::Unauthorized { name: Some("InvalidToken".to_owned()), message: message.to_owned() }
}
