//! The people of an organization.

use std::collections::HashMap;

use keyferry_db::Conn;
use keyferry_db::entities::{org_memberships, organizations, users};
use keyferry_db::project_memberships::Member;
use serde_json::json;
use uuid::Uuid;

use super::roles::{find_role, rules_of};
use crate::access::{self, Ability, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::authentication;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// A person's membership.
#[derive(Clone, Debug)]
pub struct MemberView {
    /// The membership.
    pub membership: org_memberships::Model,
    /// The person.
    pub user: users::Model,
}

/// What to change; `None` stays.
#[derive(Clone, Debug, Default)]
pub struct UpdateMember {
    /// Organization role slug.
    pub role: Option<String>,
    /// Whether the membership counts.
    pub is_active: Option<bool>,
}

/// The people of the caller's organization, oldest membership first.
///
/// # Errors
/// 403 without the permission.
pub async fn list_members(app: &App, caller: &Caller) -> Result<Vec<MemberView>> {
    let org_id = access::require_org(caller)?;
    let conn = app.db.read();
    access::org_ability(app, conn, caller).await?.require("read", "member", Facts::any())?;
    let memberships = keyferry_db::org_memberships::list_users(conn, org_id).await?;
    let ids = memberships.iter().filter_map(|membership| membership.user_id).collect();
    let mut users: HashMap<Uuid, users::Model> =
        keyferry_db::users::list_by_ids(conn, ids).await?.into_iter().map(|user| (user.id, user)).collect();
    Ok(memberships
        .into_iter()
        .filter_map(|membership| {
            let user = users.remove(&membership.user_id?)?;
            Some(MemberView { membership, user })
        })
        .collect())
}

/// Changes a person's role or switches the membership off or on.
///
/// # Errors
/// 404 for an unknown membership, 400 for the last administrator, 403 without the permission, for a role stronger than the
/// caller's, or for a person who holds one.
pub async fn update_member(app: &App, caller: &Caller, membership_id: Uuid, change: UpdateMember) -> Result<MemberView> {
    const STRONGER: &str = "Failed to change to a more privileged role";
    let org_id = access::require_org(caller)?;
    let tx = app.db.begin().await?;
    let ability = access::org_ability(app, &tx, caller).await?;
    ability.require("edit", "member", Facts::any())?;
    lock_org(&tx, org_id).await?;
    let mut member = find(&tx, org_id, membership_id).await?;
    require_not_stronger(&tx, caller, &ability, &member, STRONGER).await?;
    let was_admin = is_active_admin(&member.membership);
    if let Some(slug) = &change.role {
        let role = find_role(&tx, org_id, slug).await?;
        ability.require_all(&role.rules, STRONGER)?;
        member.membership.role = role.stored;
        member.membership.role_id = role.custom.map(|custom| custom.id);
    }
    if let Some(is_active) = change.is_active {
        if member.membership.status != "accepted" {
            return Err(Error::bad_request("The invitation has not been accepted yet"));
        }
        member.membership.is_active = is_active;
    }
    if was_admin && !is_active_admin(&member.membership) {
        require_other_admin(&tx, org_id).await?;
    }
    member.membership.updated_at_ms = app.now_ms();
    keyferry_db::update(&tx, member.membership.clone()).await?;
    let metadata = json!({"userId": member.user.id, "role": member.membership.role, "isActive": member.membership.is_active});
    audit::record(app, &tx, caller, Event::org(caller, "update-org-member", metadata)).await?;
    tx.commit().await?;
    access::forget_project(app);
    authentication::forget(app);
    Ok(member)
}

/// Takes a person out of the organization and of all its projects.
///
/// # Errors
/// As [`update_member`].
pub async fn remove_member(app: &App, caller: &Caller, membership_id: Uuid) -> Result<MemberView> {
    let org_id = access::require_org(caller)?;
    let tx = app.db.begin().await?;
    let ability = access::org_ability(app, &tx, caller).await?;
    ability.require("delete", "member", Facts::any())?;
    lock_org(&tx, org_id).await?;
    let member = find(&tx, org_id, membership_id).await?;
    require_not_stronger(&tx, caller, &ability, &member, "Failed to remove a more privileged member").await?;
    if is_active_admin(&member.membership) {
        require_other_admin(&tx, org_id).await?;
    }
    for membership in keyferry_db::project_memberships::list_of(&tx, Member::User(member.user.id)).await? {
        let project = keyferry_db::projects::find(&tx, membership.project_id).await?;
        if project.is_some_and(|project| project.org_id == org_id) {
            keyferry_db::delete(&tx, membership).await?;
        }
    }
    keyferry_db::groups::remove_user(&tx, org_id, member.user.id).await?;
    keyferry_db::delete(&tx, member.membership.clone()).await?;
    let metadata = json!({"userId": member.user.id, "email": member.user.email});
    audit::record(app, &tx, caller, Event::org(caller, "remove-org-member", metadata)).await?;
    tx.commit().await?;
    access::forget_project(app);
    authentication::forget(app);
    Ok(member)
}

/// Two administrators must not remove each other at once.
async fn lock_org(tx: &keyferry_db::WriteTx, org_id: Uuid) -> Result<organizations::Model> {
    keyferry_db::organizations::lock(tx, org_id)
        .await?
        .ok_or_else(|| Error::not_found(format!("Organization with ID '{org_id}' not found")))
}

async fn find(conn: &impl Conn, org_id: Uuid, membership_id: Uuid) -> Result<MemberView> {
    let missing = || Error::not_found(format!("Organization membership with ID '{membership_id}' not found"));
    let membership = keyferry_db::find_by_id::<org_memberships::Model>(conn, membership_id)
        .await?
        .filter(|membership| membership.org_id == org_id)
        .ok_or_else(missing)?;
    let user_id = membership.user_id.ok_or_else(missing)?;
    let user = keyferry_db::find_by_id::<users::Model>(conn, user_id).await?.ok_or_else(missing)?;
    Ok(MemberView { membership, user })
}

async fn require_not_stronger(
    conn: &impl Conn,
    caller: &Caller,
    ability: &Ability,
    member: &MemberView,
    message: &str,
) -> Result<()> {
    if caller.actor.user_id() == Some(member.user.id) {
        return Ok(());
    }
    ability.require_all(&rules_of(conn, &member.membership).await?, message)
}

fn is_active_admin(membership: &org_memberships::Model) -> bool {
    membership.is_active && membership.role == "admin"
}

async fn require_other_admin(conn: &impl Conn, org_id: Uuid) -> Result<()> {
    if keyferry_db::org_memberships::count_admins(conn, org_id).await? > 1 {
        return Ok(());
    }
    Err(Error::bad_request("The last administrator of an organization cannot be removed, disabled or given another role"))
}
