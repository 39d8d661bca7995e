//! The machine identities in a group.

use std::collections::HashMap;

use keyferry_db::Conn;
use keyferry_db::entities::{group_identities, identities};
use keyferry_db::identities::{Filter, Page};
use serde_json::json;
use uuid::Uuid;

use super::boundary::require_not_stronger;
use super::members::MemberPage;
use super::read::find;
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};

/// A machine identity, and since when it is in the group.
#[derive(Clone, Debug)]
pub struct GroupIdentity {
    /// The identity.
    pub identity: identities::Model,
    /// Since when, milliseconds; `None` for one that is not.
    pub joined_at_ms: Option<i64>,
}

/// The machine identities of the organization with whether they are in the group, by name; and how many there are. Those that are
/// not in it are shown to whoever may see identities.
///
/// # Errors
/// 403 without `read` on `groups`, 404 for an unknown group.
pub async fn list_identities(
    app: &App,
    caller: &Caller,
    group_id: Uuid,
    page: MemberPage,
) -> Result<(Vec<GroupIdentity>, usize)> {
    let org_id = access::require_org(caller)?;
    let conn = app.db.read();
    let ability = access::org_ability(app, conn, caller).await?;
    ability.require("read", "groups", Facts::any())?;
    find(conn, org_id, group_id).await?;
    let joined: HashMap<Uuid, i64> = keyferry_db::groups::list_identities(conn, group_id)
        .await?
        .into_iter()
        .map(|member| (member.identity_id, member.created_at_ms))
        .collect();
    let everything = Page { offset: 0, limit: None, descending: false };
    let (all, _) = keyferry_db::identities::search(conn, org_id, &Filter::default(), everything).await?;
    let search = page.search.map(|text| text.to_lowercase());
    let mut machines: Vec<GroupIdentity> = all
        .into_iter()
        .filter(|identity| identity.project_id.is_none())
        .map(|identity| GroupIdentity { joined_at_ms: joined.get(&identity.id).copied(), identity })
        .filter(|one| {
            let is_visible = || ability.allows("read", "identity", Facts::identity(&one.identity.id.to_string()));
            page.in_group.is_none_or(|wanted| one.joined_at_ms.is_some() == wanted)
                && search.as_deref().is_none_or(|text| one.identity.name.to_lowercase().contains(text))
                && (one.joined_at_ms.is_some() || is_visible())
        })
        .collect();
    machines.sort_by(|a, b| (&a.identity.name, a.identity.id).cmp(&(&b.identity.name, b.identity.id)));
    let total = machines.len();
    Ok((machines.into_iter().skip(page.offset).take(page.limit).collect(), total))
}

/// Puts a machine identity of the organization into a group.
///
/// # Errors
/// 403 without `edit` on `groups` or for a group that holds more than the caller, 404 for an unknown group or identity and for one
/// that belongs to a project, 400 for one that is in it.
pub async fn add_identity(app: &App, caller: &Caller, group_id: Uuid, identity_id: Uuid) -> Result<identities::Model> {
    let org_id = access::require_org(caller)?;
    let tx = app.db.begin().await?;
    let ability = access::org_ability(app, &tx, caller).await?;
    ability.require("edit", "groups", Facts::any())?;
    keyferry_db::organizations::lock(&tx, org_id).await?;
    let group = find(&tx, org_id, group_id).await?;
    require_not_stronger(app, &tx, caller, &ability, &group, "Failed to add identity to a more privileged group").await?;
    let identity = find_identity(&tx, org_id, identity_id).await?;
    if keyferry_db::groups::find_identity(&tx, group_id, identity_id).await?.is_some() {
        return Err(Error::bad_request(format!("Identity '{}' is already part of the group {}", identity.name, group.slug)));
    }
    let row = group_identities::Model { id: app.ids.v4(), group_id, identity_id, created_at_ms: app.now_ms() };
    keyferry_db::insert(&tx, row).await?;
    let metadata = json!({"groupId": group_id, "groupSlug": group.slug, "identityId": identity_id, "name": identity.name});
    audit::record(app, &tx, caller, Event::org(caller, "add-identity-to-group", metadata)).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(identity)
}

/// Takes a machine identity out of a group.
///
/// # Errors
/// 403 without `edit` on `groups` or for a group that holds more than the caller, 404 for an unknown group or an identity that is
/// not in it.
pub async fn remove_identity(app: &App, caller: &Caller, group_id: Uuid, identity_id: Uuid) -> Result<identities::Model> {
    let org_id = access::require_org(caller)?;
    let tx = app.db.begin().await?;
    let ability = access::org_ability(app, &tx, caller).await?;
    ability.require("edit", "groups", Facts::any())?;
    keyferry_db::organizations::lock(&tx, org_id).await?;
    let group = find(&tx, org_id, group_id).await?;
    let identity = find_identity(&tx, org_id, identity_id).await?;
    if caller.actor.id() != Some(identity_id) {
        require_not_stronger(app, &tx, caller, &ability, &group, "Failed to remove identity from a more privileged group")
            .await?;
    }
    let member = keyferry_db::groups::find_identity(&tx, group_id, identity_id)
        .await?
        .ok_or_else(|| Error::not_found(format!("Identity '{}' is not part of the group {}", identity.name, group.slug)))?;
    keyferry_db::delete(&tx, member).await?;
    let metadata = json!({"groupId": group_id, "groupSlug": group.slug, "identityId": identity_id, "name": identity.name});
    audit::record(app, &tx, caller, Event::org(caller, "remove-identity-from-group", metadata)).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(identity)
}

/// A machine identity of the organization. One of another organization is as unknown as none; one that belongs to a project is at
/// home there and nowhere else.
async fn find_identity(conn: &impl Conn, org_id: Uuid, id: Uuid) -> Result<identities::Model> {
    keyferry_db::find_by_id::<identities::Model>(conn, id)
        .await?
        .filter(|identity| identity.org_id == org_id && identity.project_id.is_none())
        .ok_or_else(|| Error::not_found(format!("Failed to find identity with ID {id}")))
}
