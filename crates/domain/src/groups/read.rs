//! Looking at groups.

use keyferry_db::Conn;
use keyferry_db::entities::{groups, org_roles};
use uuid::Uuid;

use crate::access::{self, Facts};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// A group with its custom role.
#[derive(Clone, Debug)]
pub struct GroupView {
    /// The group.
    pub group: groups::Model,
    /// The custom role it gives in the organization, where it gives one.
    pub custom_role: Option<org_roles::Model>,
}

/// The groups of the caller's organization, by name.
///
/// # Errors
/// 403 without `read` on `groups`.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<GroupView>> {
    let conn = app.db.read();
    let org_id = access::require_org(caller)?;
    access::org_ability(app, conn, caller).await?.require("read", "groups", Facts::any())?;
    let groups = keyferry_db::groups::list(conn, org_id).await?;
    let has_custom = groups.iter().any(|group| group.role_id.is_some());
    let roles = if has_custom { keyferry_db::org_roles::list(conn, org_id).await? } else { Vec::new() };
    Ok(groups
        .into_iter()
        .map(|group| {
            let custom_role = roles.iter().find(|role| Some(role.id) == group.role_id).cloned();
            GroupView { group, custom_role }
        })
        .collect())
}

/// A group of the caller's organization.
///
/// # Errors
/// 403 without `read` on `groups`, 404 for an unknown group.
pub async fn get(app: &App, caller: &Caller, id: Uuid) -> Result<GroupView> {
    let conn = app.db.read();
    let org_id = access::require_org(caller)?;
    access::org_ability(app, conn, caller).await?.require("read", "groups", Facts::any())?;
    view(conn, find(conn, org_id, id).await?).await
}

pub(super) async fn find(conn: &impl Conn, org_id: Uuid, id: Uuid) -> Result<groups::Model> {
    keyferry_db::groups::find(conn, org_id, id)
        .await?
        .ok_or_else(|| Error::not_found(format!("Failed to find group with ID {id}")))
}

pub(super) async fn view(conn: &impl Conn, group: groups::Model) -> Result<GroupView> {
    let custom_role = match group.role_id {
        Some(id) => keyferry_db::access::find_org_role(conn, group.org_id, id).await?,
        None => None,
    };
    Ok(GroupView { group, custom_role })
}
