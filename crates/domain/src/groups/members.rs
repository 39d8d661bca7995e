//! The people in a group.

use std::collections::HashMap;

use keyferry_db::Conn;
use keyferry_db::entities::{group_members, users};
use serde_json::json;
use uuid::Uuid;

use super::boundary::require_not_stronger;
use super::read::find;
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::users::canonical_username;

/// A person, and since when they are in the group.
#[derive(Clone, Debug)]
pub struct GroupMember {
    /// The person.
    pub user: users::Model,
    /// Since when, milliseconds; `None` for somebody who is not.
    pub joined_at_ms: Option<i64>,
}

/// Which people of the organization.
#[derive(Clone, Debug, Default)]
pub struct MemberPage {
    /// Only those who are in the group (`true`) or are not (`false`).
    pub in_group: Option<bool>,
    /// Part of the name or mail address, whatever its case.
    pub search: Option<String>,
    /// People to leave out.
    pub offset: usize,
    /// People to return.
    pub limit: usize,
}

/// The people of the organization with whether they are in the group, by name; and how many there are.
///
/// # Errors
/// 403 without `read` on `groups`, 404 for an unknown group.
pub async fn list_members(app: &App, caller: &Caller, group_id: Uuid, page: MemberPage) -> Result<(Vec<GroupMember>, usize)> {
    let org_id = access::require_org(caller)?;
    let conn = app.db.read();
    access::org_ability(app, conn, caller).await?.require("read", "groups", Facts::any())?;
    find(conn, org_id, group_id).await?;
    let joined: HashMap<Uuid, i64> = keyferry_db::groups::list_members(conn, group_id)
        .await?
        .into_iter()
        .map(|member| (member.user_id, member.created_at_ms))
        .collect();
    let ids: Vec<Uuid> = keyferry_db::org_memberships::list_users(conn, org_id)
        .await?
        .into_iter()
        .filter_map(|membership| membership.user_id)
        .filter(|id| page.in_group.is_none_or(|wanted| joined.contains_key(id) == wanted))
        .collect();
    let search = page.search.map(|text| text.to_lowercase());
    let mut people: Vec<GroupMember> = keyferry_db::users::list_by_ids(conn, ids)
        .await?
        .into_iter()
        .filter(|user| {
            let is_hit = |text: &str| user.username.to_lowercase().contains(text) || user.email.to_lowercase().contains(text);
            search.as_deref().is_none_or(is_hit)
        })
        .map(|user| GroupMember { joined_at_ms: joined.get(&user.id).copied(), user })
        .collect();
    people.sort_by(|a, b| (&a.user.username, a.user.id).cmp(&(&b.user.username, b.user.id)));
    let total = people.len();
    Ok((people.into_iter().skip(page.offset).take(page.limit).collect(), total))
}

/// Puts a person of the organization into a group.
///
/// # Errors
/// 403 without `edit` on `groups` or for a group that holds more than the caller, 404 for an unknown group or person, 400 for
/// somebody who is in it.
pub async fn add_member(app: &App, caller: &Caller, group_id: Uuid, username: &str) -> Result<users::Model> {
    let org_id = access::require_org(caller)?;
    let tx = app.db.begin().await?;
    let ability = access::org_ability(app, &tx, caller).await?;
    ability.require("edit", "groups", Facts::any())?;
    keyferry_db::organizations::lock(&tx, org_id).await?;
    let group = find(&tx, org_id, group_id).await?;
    require_not_stronger(app, &tx, caller, &ability, &group, "Failed to add user to a more privileged group").await?;
    let user = find_person(&tx, org_id, username).await?;
    if keyferry_db::groups::find_member(&tx, group_id, user.id).await?.is_some() {
        return Err(Error::bad_request(format!("User '{}' is already part of the group {}", user.username, group.slug)));
    }
    let row = group_members::Model { id: app.ids.v4(), group_id, user_id: user.id, created_at_ms: app.now_ms() };
    keyferry_db::insert(&tx, row).await?;
    let metadata = json!({"groupId": group_id, "groupSlug": group.slug, "userId": user.id, "email": user.email});
    audit::record(app, &tx, caller, Event::org(caller, "add-user-to-group", metadata)).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(user)
}

/// Takes a person out of a group.
///
/// # Errors
/// 403 without `edit` on `groups` or for a group that holds more than the caller, 404 for an unknown group or somebody who is not
/// in it.
pub async fn remove_member(app: &App, caller: &Caller, group_id: Uuid, username: &str) -> Result<users::Model> {
    let org_id = access::require_org(caller)?;
    let tx = app.db.begin().await?;
    let ability = access::org_ability(app, &tx, caller).await?;
    ability.require("edit", "groups", Facts::any())?;
    keyferry_db::organizations::lock(&tx, org_id).await?;
    let group = find(&tx, org_id, group_id).await?;
    let user = find_person(&tx, org_id, username).await?;
    if caller.actor.user_id() != Some(user.id) {
        require_not_stronger(app, &tx, caller, &ability, &group, "Failed to remove user from a more privileged group").await?;
    }
    let member = keyferry_db::groups::find_member(&tx, group_id, user.id)
        .await?
        .ok_or_else(|| Error::not_found(format!("User '{}' is not part of the group {}", user.username, group.slug)))?;
    keyferry_db::delete(&tx, member).await?;
    let metadata = json!({"groupId": group_id, "groupSlug": group.slug, "userId": user.id, "email": user.email});
    audit::record(app, &tx, caller, Event::org(caller, "remove-user-from-group", metadata)).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(user)
}

/// A person of the organization by name. One of another organization is as unknown as none.
async fn find_person(conn: &impl Conn, org_id: Uuid, username: &str) -> Result<users::Model> {
    let missing = || Error::not_found(format!("Failed to find user with username {username}"));
    let user = keyferry_db::users::list_by_usernames(conn, &[canonical_username(username)]).await?.pop().ok_or_else(missing)?;
    keyferry_db::access::find_org_membership_of_user(conn, org_id, user.id).await?.ok_or_else(missing)?;
    Ok(user)
}
