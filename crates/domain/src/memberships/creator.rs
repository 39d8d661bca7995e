//! The creator of a project becomes its administrator.

use keyferry_db::WriteTx;
use keyferry_db::entities::project_memberships;
use keyferry_db::project_memberships::Member;
use uuid::Uuid;

use super::grants::write_built_in;
use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::error::Result;

/// Makes the caller administrator of a project made in the same transaction. The platform needs no membership.
///
/// # Errors
/// When the rows cannot be written.
pub async fn add_creator(app: &App, tx: &WriteTx, caller: &Caller, project_id: Uuid) -> Result<()> {
    let member = match &caller.actor {
        Actor::User { id, .. } => Member::User(*id),
        Actor::Identity { id, .. } => Member::Identity(*id),
        Actor::Service { .. } | Actor::Platform => return Ok(()),
    };
    let membership = insert(app, tx, project_id, member).await?;
    write_built_in(app, tx, membership.id, project_id, "admin").await
}

/// Writes a membership without roles.
pub(crate) async fn insert(app: &App, tx: &WriteTx, project_id: Uuid, member: Member) -> Result<project_memberships::Model> {
    let now_ms = app.now_ms();
    let (user_id, identity_id, group_id) = match member {
        Member::User(id) => (Some(id), None, None),
        Member::Identity(id) => (None, Some(id), None),
        Member::Group(id) => (None, None, Some(id)),
    };
    let membership = project_memberships::Model {
        id: app.ids.v4(),
        project_id,
        user_id,
        identity_id,
        group_id,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(tx, membership.clone()).await?;
    Ok(membership)
}
