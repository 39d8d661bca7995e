//! The creator of a project becomes its administrator.

use keyferry_db::WriteTx;
use keyferry_db::entities::{project_membership_roles, project_memberships};
use uuid::Uuid;

use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::error::Result;

/// Makes the caller administrator of a project made in the same transaction. The platform needs no membership.
///
/// # Errors
/// When the rows cannot be written.
pub async fn add_creator(app: &App, tx: &WriteTx, caller: &Caller, project_id: Uuid) -> Result<()> {
    let (user_id, identity_id) = match &caller.actor {
        Actor::User { id, .. } => (Some(*id), None),
        Actor::Identity { id, .. } => (None, Some(*id)),
        Actor::Platform => return Ok(()),
    };
    let now_ms = app.now_ms();
    let membership_id = app.ids.v4();
    let membership = project_memberships::Model {
        id: membership_id,
        project_id,
        user_id,
        identity_id,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(tx, membership).await?;
    let grant = project_membership_roles::Model {
        id: app.ids.v4(),
        membership_id,
        project_id,
        role: "admin".to_owned(),
        custom_role_id: None,
        is_temporary: false,
        temporary_mode: None,
        temporary_range: None,
        temporary_start_at_ms: None,
        temporary_end_at_ms: None,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(tx, grant).await?;
    Ok(())
}
