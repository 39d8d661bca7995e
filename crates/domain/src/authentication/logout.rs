//! Signing out.

use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::{Actor, Caller};
use crate::error::{Error, Result};

/// Revokes the session behind the caller's token.
///
/// # Errors
/// 403 for anybody but a user.
pub async fn logout(app: &App, caller: &Caller) -> Result<()> {
    let Actor::User { id, session_id, .. } = &caller.actor else {
        return Err(Error::forbidden("Only users sign out"));
    };
    let tx = app.db.begin().await?;
    keyferry_db::sessions::revoke(&tx, *id, *session_id, app.now_ms()).await?;
    audit::record(app, &tx, caller, Event::org(caller, "user-logout", serde_json::json!({}))).await?;
    tx.commit().await?;
    super::forget(app);
    Ok(())
}
