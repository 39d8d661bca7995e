//! Looking at privileges.

use keyferry_db::Conn;
use keyferry_db::entities::additional_privileges::Model;
use keyferry_db::entities::project_memberships::Model as Membership;
use uuid::Uuid;

use super::rights::{Holder, Target, require, require_own_organization};
use crate::access::{self, Rule};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// A privilege with its rules and whose it is.
#[derive(Clone, Debug)]
pub struct PrivilegeView {
    /// The privilege.
    pub row: Model,
    /// What it permits and forbids.
    pub permissions: Vec<Rule>,
    /// The membership it belongs to.
    pub membership: Membership,
}

/// The privileges of a member, oldest first, expired ones included.
///
/// # Errors
/// 404 for an unknown member, 403 without `read` on `member` or `identity`.
pub async fn list(app: &App, caller: &Caller, target: Target) -> Result<Vec<PrivilegeView>> {
    let conn = app.db.read();
    let membership = target.find(conn, caller).await?;
    let (_, ability) = access::project_ability(app, conn, caller, membership.project_id).await?;
    require(&ability, &membership, "read")?;
    let rows = keyferry_db::additional_privileges::list(conn, &[membership.id]).await?;
    rows.into_iter().map(|row| view(row, membership.clone())).collect()
}

/// A privilege of people or of machine identities by its id.
///
/// # Errors
/// 404 for an unknown one, for one of the other kind and for one of another organization, 403 without `read` on `member` or
/// `identity`.
pub async fn get(app: &App, caller: &Caller, holder: Holder, id: Uuid) -> Result<PrivilegeView> {
    let conn = app.db.read();
    let found = find(conn, caller, holder, id).await?;
    let (_, ability) = access::project_ability(app, conn, caller, found.membership.project_id).await?;
    require(&ability, &found.membership, "read")?;
    Ok(found)
}

/// A privilege of a member by its slug.
///
/// # Errors
/// 404 for an unknown member or slug, 403 without `read` on `member` or `identity`.
pub async fn find_by_slug(app: &App, caller: &Caller, target: Target, slug: &str) -> Result<PrivilegeView> {
    let conn = app.db.read();
    let membership = target.find(conn, caller).await?;
    let (_, ability) = access::project_ability(app, conn, caller, membership.project_id).await?;
    require(&ability, &membership, "read")?;
    let row = keyferry_db::additional_privileges::find_by_slug(conn, membership.id, slug)
        .await?
        .ok_or_else(|| Error::not_found(format!("Additional privilege with slug '{slug}' not found")))?;
    view(row, membership)
}

pub(super) async fn find(conn: &impl Conn, caller: &Caller, holder: Holder, id: Uuid) -> Result<PrivilegeView> {
    let missing = || Error::not_found(format!("Additional privilege with ID '{id}' not found"));
    let row = keyferry_db::find_by_id::<Model>(conn, id).await?.ok_or_else(missing)?;
    let membership = keyferry_db::find_by_id::<Membership>(conn, row.membership_id).await?.ok_or_else(missing)?;
    let is_of_kind = match holder {
        Holder::User => membership.user_id.is_some(),
        Holder::Identity => membership.identity_id.is_some(),
    };
    if !is_of_kind {
        return Err(missing());
    }
    require_own_organization(conn, caller, row.project_id, missing).await?;
    view(row, membership)
}

pub(super) fn view(row: Model, membership: Membership) -> Result<PrivilegeView> {
    let permissions = serde_json::from_str(&row.permissions)
        .map_err(|e| Error::internal(format!("a stored additional privilege cannot be read: {e}")))?;
    Ok(PrivilegeView { row, permissions, membership })
}
