//! Looking at groups.

use std::collections::HashMap;

use keyferry_db::Conn;
use keyferry_db::entities::{groups, org_roles};
use uuid::Uuid;

use crate::access::{self, Facts};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::memberships::{MembershipView, complete};

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

/// How many people and machine identities each group of the caller's organization has; one without any is left out.
///
/// # Errors
/// 403 without `read` on `groups`.
pub async fn count_members(app: &App, caller: &Caller) -> Result<HashMap<Uuid, (usize, usize)>> {
    let conn = app.db.read();
    let org_id = access::require_org(caller)?;
    access::org_ability(app, conn, caller).await?.require("read", "groups", Facts::any())?;
    let mut counts: HashMap<Uuid, (usize, usize)> = HashMap::new();
    for (id, people) in keyferry_db::groups::count_members(conn, org_id).await? {
        counts.entry(id).or_default().0 = usize::try_from(people).unwrap_or_default();
    }
    for (id, machines) in keyferry_db::groups::count_identities(conn, org_id).await? {
        counts.entry(id).or_default().1 = usize::try_from(machines).unwrap_or_default();
    }
    Ok(counts)
}

/// Where a group is a member.
#[derive(Clone, Debug, Default)]
pub struct GroupProjects {
    /// Its memberships in projects that the caller may see, oldest first.
    pub visible: Vec<MembershipView>,
    /// In how many other projects it is a member.
    pub hidden: usize,
}

/// The projects that a group is a member of. Those that the caller does not belong to are only counted.
///
/// # Errors
/// 403 without `read` on `groups`, 404 for an unknown group.
pub async fn list_projects(app: &App, caller: &Caller, id: Uuid) -> Result<GroupProjects> {
    let conn = app.db.read();
    let org_id = access::require_org(caller)?;
    let ability = access::org_ability(app, conn, caller).await?;
    ability.require("read", "groups", Facts::any())?;
    find(conn, org_id, id).await?;
    let sees_all = ability.allows("access-all-projects", "organization-admin-console", Facts::any());
    let mut visible = Vec::new();
    let mut hidden = 0;
    for membership in keyferry_db::project_memberships::list_of_group(conn, id).await? {
        let is_visible = sees_all
            || match access::project_ability(app, conn, caller, membership.project_id).await {
                Ok((_, own)) => own.allows("read", "groups", Facts::any()),
                Err(Error::Forbidden { .. }) => false,
                Err(other) => return Err(other),
            };
        if is_visible { visible.push(membership) } else { hidden += 1 }
    }
    Ok(GroupProjects { visible: complete(app, conn, visible).await?, hidden })
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
