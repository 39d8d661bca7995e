//! A user looks at its sign-ins and ends them.

use keyferry_db::entities::sessions::Model;
use uuid::Uuid;

use crate::app::App;
use crate::audit::{self, Event};
use crate::authentication;
use crate::caller::{Actor, Caller};
use crate::error::{Error, Result};
use crate::second_factor;

/// The caller's live sessions, last used first.
///
/// # Errors
/// 403 for anybody but a user.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Model>> {
    let (user_id, _) = own_session(app, caller).await?;
    Ok(keyferry_db::sessions::list_live(app.db.read(), user_id, app.now_ms()).await?)
}

/// Ends one of the caller's sessions.
///
/// # Errors
/// 404 when the caller has no such live session.
pub async fn revoke(app: &App, caller: &Caller, session_id: Uuid) -> Result<()> {
    let (user_id, _) = own_session(app, caller).await?;
    let tx = app.db.begin().await?;
    if !keyferry_db::sessions::revoke(&tx, user_id, session_id, app.now_ms()).await? {
        return Err(Error::not_found("Session not found"));
    }
    let event = Event::org(caller, "revoke-session", serde_json::json!({"sessionId": session_id}));
    audit::record(app, &tx, caller, event).await?;
    tx.commit().await?;
    authentication::forget(app);
    Ok(())
}

/// Ends every session of the caller but the one it speaks through; how many.
///
/// # Errors
/// 403 for anybody but a user.
pub async fn revoke_others(app: &App, caller: &Caller) -> Result<u64> {
    let (user_id, own) = own_session(app, caller).await?;
    let tx = app.db.begin().await?;
    let revoked = keyferry_db::sessions::revoke_all(&tx, user_id, Some(own), app.now_ms()).await?;
    let event = Event::org(caller, "revoke-session", serde_json::json!({"sessions": revoked}));
    audit::record(app, &tx, caller, event).await?;
    tx.commit().await?;
    authentication::forget(app);
    Ok(revoked)
}

async fn own_session(app: &App, caller: &Caller) -> Result<(Uuid, Uuid)> {
    second_factor::require_proved(app.db.read(), caller).await?;
    match &caller.actor {
        Actor::User { id, session_id, .. } => Ok((*id, *session_id)),
        _ => Err(Error::forbidden("Only users have sessions")),
    }
}
