//! Machine identities in a project (core API contract 7.1).

use keyferry_db::entities::{identities, project_memberships};
use keyferry_db::project_memberships::Member;
use keyferry_db::{Conn, WriteTx};
use serde_json::json;
use uuid::Uuid;

use super::creator::insert;
use super::grants::{GrantInput, Resolved, rules_of};
use super::view::{MembershipView, complete};
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};

const ASSIGN: &str = "Failed to assign to a more privileged role";
const CHANGE: &str = "Failed to change to a more privileged role";

/// Makes an identity of the organization a member of the project.
///
/// # Errors
/// 400 when it is one, 404 for an identity of another organization as for none or an unknown role, 403 without the permission or
/// for a role stronger than the caller's.
pub async fn add_identity(
    app: &App,
    caller: &Caller,
    project_id: Uuid,
    identity_id: Uuid,
    grants: Vec<GrantInput>,
) -> Result<MembershipView> {
    let text = identity_id.to_string();
    let (project, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    ability.require("create", "identity", Facts::identity(&text))?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    keyferry_db::find_by_id::<identities::Model>(&tx, identity_id)
        .await?
        // One that belongs to a project is at home there and nowhere else.
        .filter(|identity| identity.org_id == project.org_id && identity.project_id.is_none_or(|id| id == project_id))
        .ok_or_else(|| Error::not_found(format!("Failed to find identity with ID {identity_id}")))?;
    if keyferry_db::project_memberships::find(&tx, project_id, Member::Identity(identity_id)).await?.is_some() {
        return Err(Error::bad_request(format!("Identity with ID {identity_id} already exists in project with ID {project_id}")));
    }
    let metadata = json!({"identityId": identity_id, "roles": slugs(&grants)});
    let roles = Resolved::find(&tx, project_id, &ability, grants, ASSIGN).await?;
    let membership = insert(app, &tx, project_id, Member::Identity(identity_id)).await?;
    roles.write(app, &tx, membership.id, project_id).await?;
    audit::record(app, &tx, caller, Event::project(caller, project_id, "add-project-member", metadata)).await?;
    finish(app, tx, membership).await
}

/// Replaces the roles of an identity in the project.
///
/// # Errors
/// 404 when it is no member or a role is unknown, 403 without the permission, for a role stronger than the caller's, or for an
/// identity that holds one.
pub async fn update_identity_roles(
    app: &App,
    caller: &Caller,
    project_id: Uuid,
    identity_id: Uuid,
    grants: Vec<GrantInput>,
) -> Result<MembershipView> {
    let text = identity_id.to_string();
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    ability.require("edit", "identity", Facts::identity(&text))?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let mut membership = keyferry_db::project_memberships::find(&tx, project_id, Member::Identity(identity_id))
        .await?
        .ok_or_else(|| not_a_member(project_id, identity_id))?;
    ability.require_all(&rules_of(&tx, &membership, app.now_ms()).await?, CHANGE)?;
    let metadata = json!({"identityId": identity_id, "roles": slugs(&grants)});
    let roles = Resolved::find(&tx, project_id, &ability, grants, CHANGE).await?;
    keyferry_db::project_memberships::clear_grants(&tx, membership.id).await?;
    roles.write(app, &tx, membership.id, project_id).await?;
    membership.updated_at_ms = app.now_ms();
    keyferry_db::update(&tx, membership.clone()).await?;
    audit::record(app, &tx, caller, Event::project(caller, project_id, "update-project-member", metadata)).await?;
    finish(app, tx, membership).await
}

/// Takes an identity out of the project.
///
/// # Errors
/// 404 when it is no member, 403 without the permission or for an identity stronger than the caller.
pub async fn remove_identity(app: &App, caller: &Caller, project_id: Uuid, identity_id: Uuid) -> Result<MembershipView> {
    let text = identity_id.to_string();
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    ability.require("delete", "identity", Facts::identity(&text))?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let membership = keyferry_db::project_memberships::find(&tx, project_id, Member::Identity(identity_id))
        .await?
        .ok_or_else(|| not_a_member(project_id, identity_id))?;
    if caller.actor.id() != Some(identity_id) {
        let rules = rules_of(&tx, &membership, app.now_ms()).await?;
        ability.require_all(&rules, "Failed to remove a more privileged identity")?;
    }
    let view = one(app, &tx, membership.clone()).await?;
    keyferry_db::delete(&tx, membership).await?;
    let metadata = json!({"identityId": identity_id});
    audit::record(app, &tx, caller, Event::project(caller, project_id, "remove-project-member", metadata)).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(view)
}

/// An identity's membership in the project.
///
/// # Errors
/// 404 when it is no member, 403 without the permission.
pub async fn get_identity(app: &App, caller: &Caller, project_id: Uuid, identity_id: Uuid) -> Result<MembershipView> {
    let conn = app.db.read();
    let text = identity_id.to_string();
    let (_, ability) = access::project_ability(app, conn, caller, project_id).await?;
    ability.require("read", "identity", Facts::identity(&text))?;
    let membership =
        keyferry_db::project_memberships::find(conn, project_id, Member::Identity(identity_id)).await?.ok_or_else(|| {
            Error::not_found(format!(
                "Project membership for identity with ID '{identity_id} in project with ID '{project_id}' not found"
            ))
        })?;
    one(app, conn, membership).await
}

/// An identity's membership by the membership's own id.
///
/// # Errors
/// 404 for an unknown one and for one of another organization, 403 without the permission.
pub async fn find_membership(app: &App, caller: &Caller, membership_id: Uuid) -> Result<MembershipView> {
    let conn = app.db.read();
    let missing = || Error::not_found(format!("Project membership with ID '{membership_id}' not found"));
    let membership = keyferry_db::find_by_id::<project_memberships::Model>(conn, membership_id).await?.ok_or_else(missing)?;
    let identity_id = membership.identity_id.ok_or_else(missing)?;
    let project = keyferry_db::projects::find(conn, membership.project_id).await?.ok_or_else(missing)?;
    if Some(project.org_id) != caller.org_id {
        return Err(missing());
    }
    get_identity(app, caller, membership.project_id, identity_id).await
}

/// Which part of a project's identities.
#[derive(Clone, Debug, Default)]
pub struct IdentityPage {
    /// Part of the name, whatever its case.
    pub search: Option<String>,
    /// Rows to leave out.
    pub offset: usize,
    /// Rows to return; `None` for all.
    pub limit: Option<usize>,
    /// Names backwards.
    pub descending: bool,
}

/// The identities of the project that the caller may see, by name; and how many there are.
///
/// # Errors
/// 403 without the permission.
pub async fn list_identities(
    app: &App,
    caller: &Caller,
    project_id: Uuid,
    page: IdentityPage,
) -> Result<(Vec<MembershipView>, usize)> {
    let conn = app.db.read();
    let (_, ability) = access::project_ability(app, conn, caller, project_id).await?;
    ability.require("read", "identity", Facts::any())?;
    let rows = keyferry_db::project_memberships::list_identities(conn, project_id).await?;
    let search = page.search.as_ref().map(|text| text.to_lowercase());
    let mut views: Vec<MembershipView> = complete(app, conn, rows)
        .await?
        .into_iter()
        .filter(|view| {
            let Some(identity) = &view.identity else { return false };
            ability.allows("read", "identity", Facts::identity(&identity.id.to_string()))
                && search.as_ref().is_none_or(|text| identity.name.to_lowercase().contains(text))
        })
        .collect();
    views.sort_by_cached_key(|view| view.identity.as_ref().map(|identity| (identity.name.clone(), identity.id)));
    if page.descending {
        views.reverse();
    }
    let total = views.len();
    Ok((views.into_iter().skip(page.offset).take(page.limit.unwrap_or(usize::MAX)).collect(), total))
}

async fn finish(app: &App, tx: WriteTx, membership: project_memberships::Model) -> Result<MembershipView> {
    let view = one(app, &tx, membership).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(view)
}

async fn one(app: &App, conn: &impl Conn, membership: project_memberships::Model) -> Result<MembershipView> {
    complete(app, conn, vec![membership]).await?.pop().ok_or_else(|| Error::internal("a membership without a project was found"))
}

fn slugs(grants: &[GrantInput]) -> Vec<&str> {
    grants.iter().map(|grant| grant.role.as_str()).collect()
}

fn not_a_member(project_id: Uuid, identity_id: Uuid) -> Error {
    Error::not_found(format!("Identity with ID {identity_id} doesn't exists in project with ID {project_id}"))
}
