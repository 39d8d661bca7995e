//! Letting a locked identity sign in again.

use serde_json::json;
use uuid::Uuid;

use super::attach::{event, require};
use crate::app::App;
use crate::audit;
use crate::caller::Caller;
use crate::error::Result;
use crate::identities::Target;

/// Forgets the failed sign-ins of an identity; how many locks were lifted.
///
/// # Errors
/// 404 for an unknown identity or one without the method, 403 without the permission.
pub async fn clear_lockouts(app: &App, caller: &Caller, identity_id: Uuid) -> Result<u64> {
    let tx = app.db.begin().await?;
    let target = Target::find(app, &tx, caller, identity_id, "edit").await?;
    require(&tx, identity_id).await?;
    let deleted = keyferry_db::lockouts::clear_identity(&tx, identity_id, app.now_ms()).await?;
    let metadata = json!({"identityId": identity_id});
    audit::record(app, &tx, caller, event(caller, &target, "clear-identity-universal-auth-lockouts", metadata)).await?;
    tx.commit().await?;
    Ok(deleted)
}
