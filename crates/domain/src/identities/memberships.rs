//! The projects of an identity.

use keyferry_db::project_memberships::Member;
use uuid::Uuid;

use super::target::Target;
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;
use crate::memberships::{self, MembershipView};

/// The identity's memberships in projects, oldest first.
///
/// # Errors
/// 404 for an unknown identity, 403 without the permission.
pub async fn project_memberships(app: &App, caller: &Caller, id: Uuid) -> Result<Vec<MembershipView>> {
    let conn = app.db.read();
    Target::find(app, conn, caller, id, "read").await?;
    let rows = keyferry_db::project_memberships::list_of(conn, Member::Identity(id)).await?;
    memberships::complete(app, conn, rows).await
}
