//! Groups as members of projects.

use keyferry_db::Conn;
use keyferry_db::entities::{groups, project_memberships};
use keyferry_db::project_memberships::Member;
use serde_json::json;
use uuid::Uuid;

use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::memberships::{GrantInput, MembershipView, Resolved, complete, insert_membership, rules_of};

/// Makes a group of the organization a member of the project. The group is named by its id or its name.
///
/// # Errors
/// 403 without `create` on `groups` or for a role stronger than the caller's, 404 for an unknown group or role, 400 for one that is
/// a member.
pub async fn add_to_project(
    app: &App,
    caller: &Caller,
    project_id: Uuid,
    id_or_name: &str,
    grants: Vec<GrantInput>,
) -> Result<MembershipView> {
    let (project, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    ability.require("create", "groups", Facts::any())?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let group = find_group(&tx, project.org_id, id_or_name).await?;
    if keyferry_db::project_memberships::find(&tx, project_id, Member::Group(group.id)).await?.is_some() {
        return Err(Error::bad_request(format!("Group with slug {} already exists in project with ID {project_id}", group.slug)));
    }
    let metadata = json!({"groupId": group.id, "name": group.name, "roles": slugs(&grants)});
    let roles = Resolved::find(&tx, project_id, &ability, grants, "Failed to assign group to a more privileged role").await?;
    let membership = insert_membership(app, &tx, project_id, Member::Group(group.id)).await?;
    roles.write(app, &tx, membership.id, project_id).await?;
    audit::record(app, &tx, caller, Event::project(caller, project_id, "add-project-group", metadata)).await?;
    let view = one(app, &tx, membership).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(view)
}

/// Replaces the roles of a group in the project.
///
/// # Errors
/// 403 without `edit` on `groups`, for a role stronger than the caller's or a group that holds one; 404 when it is no member.
pub async fn update_roles_in_project(
    app: &App,
    caller: &Caller,
    project_id: Uuid,
    group_id: Uuid,
    grants: Vec<GrantInput>,
) -> Result<MembershipView> {
    const CHANGE: &str = "Failed to change group to a more privileged role";
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    ability.require("edit", "groups", Facts::any())?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let mut membership = find(&tx, project_id, group_id).await?;
    ability.require_all(&rules_of(&tx, &membership, app.now_ms()).await?, CHANGE)?;
    let metadata = json!({"groupId": group_id, "roles": slugs(&grants)});
    let roles = Resolved::find(&tx, project_id, &ability, grants, CHANGE).await?;
    keyferry_db::project_memberships::clear_grants(&tx, membership.id).await?;
    roles.write(app, &tx, membership.id, project_id).await?;
    membership.updated_at_ms = app.now_ms();
    keyferry_db::update(&tx, membership.clone()).await?;
    audit::record(app, &tx, caller, Event::project(caller, project_id, "update-project-group", metadata)).await?;
    let view = one(app, &tx, membership).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(view)
}

/// Takes a group out of the project.
///
/// # Errors
/// 403 without `delete` on `groups` or for a group that holds more than the caller, 404 when it is no member.
pub async fn remove_from_project(app: &App, caller: &Caller, project_id: Uuid, group_id: Uuid) -> Result<MembershipView> {
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    ability.require("delete", "groups", Facts::any())?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let membership = find(&tx, project_id, group_id).await?;
    let rules = rules_of(&tx, &membership, app.now_ms()).await?;
    ability.require_all(&rules, "Failed to remove a more privileged group")?;
    let view = one(app, &tx, membership.clone()).await?;
    keyferry_db::delete(&tx, membership).await?;
    let metadata = json!({"groupId": group_id});
    audit::record(app, &tx, caller, Event::project(caller, project_id, "remove-project-group", metadata)).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(view)
}

/// The groups in the project, oldest membership first.
///
/// # Errors
/// 403 without `read` on `groups`.
pub async fn list_in_project(app: &App, caller: &Caller, project_id: Uuid) -> Result<Vec<MembershipView>> {
    let conn = app.db.read();
    access::project_ability(app, conn, caller, project_id).await?.1.require("read", "groups", Facts::any())?;
    complete(app, conn, keyferry_db::project_memberships::list_groups(conn, project_id).await?).await
}

/// A group's membership in the project.
///
/// # Errors
/// 403 without `read` on `groups`, 404 when it is no member.
pub async fn get_in_project(app: &App, caller: &Caller, project_id: Uuid, group_id: Uuid) -> Result<MembershipView> {
    let conn = app.db.read();
    access::project_ability(app, conn, caller, project_id).await?.1.require("read", "groups", Facts::any())?;
    one(app, conn, find(conn, project_id, group_id).await?).await
}

async fn find_group(conn: &impl Conn, org_id: Uuid, id_or_name: &str) -> Result<groups::Model> {
    let found = match Uuid::try_parse(id_or_name) {
        Ok(id) => keyferry_db::groups::find(conn, org_id, id).await?,
        Err(_not_an_id) => keyferry_db::groups::find_by_name(conn, org_id, id_or_name).await?,
    };
    found.ok_or_else(|| Error::not_found(format!("Failed to find group with ID or name {id_or_name}")))
}

async fn find(conn: &impl Conn, project_id: Uuid, group_id: Uuid) -> Result<project_memberships::Model> {
    keyferry_db::project_memberships::find(conn, project_id, Member::Group(group_id))
        .await?
        .ok_or_else(|| Error::not_found(format!("Group with ID {group_id} is not a member of the project with ID {project_id}")))
}

async fn one(app: &App, conn: &impl Conn, membership: project_memberships::Model) -> Result<MembershipView> {
    complete(app, conn, vec![membership]).await?.pop().ok_or_else(|| Error::internal("a membership without a project was found"))
}

fn slugs(grants: &[GrantInput]) -> Vec<&str> {
    grants.iter().map(|grant| grant.role.as_str()).collect()
}
