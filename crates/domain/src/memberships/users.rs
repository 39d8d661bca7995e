//! People in a project (core API contract 7.3).

use keyferry_db::entities::{project_memberships, users};
use keyferry_db::project_memberships::Member;
use keyferry_db::{Conn, WriteTx};
use serde_json::json;
use uuid::Uuid;

use super::creator::insert;
use super::grants::{GrantInput, Resolved, rules_of};
use super::view::{MembershipView, complete};
use crate::access::{self, Ability, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::users::canonical_username;

/// Makes users of the organization members of the project. Who is one already stays as it is.
///
/// # Errors
/// 404 for names that are nobody's in the organization, or an unknown role; 403 without the permission or for a role stronger than
/// the caller's.
pub async fn add_users(
    app: &App,
    caller: &Caller,
    project_id: Uuid,
    usernames: &[String],
    role_slugs: Vec<String>,
) -> Result<Vec<project_memberships::Model>> {
    let (project, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    ability.require("create", "member", Facts::any())?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let people = find_people(&tx, project.org_id, usernames).await?;
    let grants: Vec<GrantInput> = role_slugs.into_iter().map(GrantInput::permanent).collect();
    let mut made = Vec::new();
    for user in people {
        if keyferry_db::project_memberships::find(&tx, project_id, Member::User(user.id)).await?.is_some() {
            continue;
        }
        let roles =
            Resolved::find(&tx, project_id, &ability, grants.clone(), "Failed to assign to a more privileged role").await?;
        let membership = insert(app, &tx, project_id, Member::User(user.id)).await?;
        roles.write(app, &tx, membership.id, project_id).await?;
        let metadata = json!({"userId": user.id, "email": user.email});
        audit::record(app, &tx, caller, Event::project(caller, project_id, "add-project-member", metadata)).await?;
        made.push(membership);
    }
    tx.commit().await?;
    access::forget_project(app);
    Ok(made)
}

/// Takes users out of the project by their names; all or none.
///
/// # Errors
/// 404 for a name that is no member's, 403 without the permission or for a member stronger than the caller.
pub async fn remove_users(
    app: &App,
    caller: &Caller,
    project_id: Uuid,
    usernames: &[String],
) -> Result<Vec<project_memberships::Model>> {
    let (project, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    ability.require("delete", "member", Facts::any())?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let mut removed = Vec::new();
    for user in find_people(&tx, project.org_id, usernames).await? {
        let membership = keyferry_db::project_memberships::find(&tx, project_id, Member::User(user.id))
            .await?
            .ok_or_else(|| Error::not_found(format!("User '{}' is not a member of the project", user.username)))?;
        removed.push(remove(app, &tx, caller, &ability, membership).await?);
    }
    tx.commit().await?;
    access::forget_project(app);
    Ok(removed)
}

/// Takes one user out of the project by the membership's id.
///
/// # Errors
/// As [`remove_users`].
pub async fn remove_user(
    app: &App,
    caller: &Caller,
    project_id: Uuid,
    membership_id: Uuid,
) -> Result<project_memberships::Model> {
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    ability.require("delete", "member", Facts::any())?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let membership = find_by_id(&tx, project_id, membership_id).await?;
    let removed = remove(app, &tx, caller, &ability, membership).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(removed)
}

/// Replaces the roles of a user in the project.
///
/// # Errors
/// 404 for an unknown membership or role, 403 without the permission, for a role stronger than the caller's, or for a member that
/// holds one.
pub async fn update_user_roles(
    app: &App,
    caller: &Caller,
    project_id: Uuid,
    membership_id: Uuid,
    grants: Vec<GrantInput>,
) -> Result<MembershipView> {
    const CHANGE: &str = "Failed to change to a more privileged role";
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    ability.require("edit", "member", Facts::any())?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let mut membership = find_by_id(&tx, project_id, membership_id).await?;
    ability.require_all(&rules_of(&tx, &membership, app.now_ms()).await?, CHANGE)?;
    let slugs: Vec<String> = grants.iter().map(|grant| grant.role.clone()).collect();
    let roles = Resolved::find(&tx, project_id, &ability, grants, CHANGE).await?;
    keyferry_db::project_memberships::clear_grants(&tx, membership_id).await?;
    roles.write(app, &tx, membership_id, project_id).await?;
    membership.updated_at_ms = app.now_ms();
    keyferry_db::update(&tx, membership.clone()).await?;
    let metadata = json!({"userId": membership.user_id, "membershipId": membership_id, "roles": slugs});
    audit::record(app, &tx, caller, Event::project(caller, project_id, "update-project-member", metadata)).await?;
    let view = one(app, &tx, membership).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(view)
}

/// The users of the project, oldest membership first.
///
/// # Errors
/// 403 without the permission.
pub async fn list_users(app: &App, caller: &Caller, project_id: Uuid) -> Result<Vec<MembershipView>> {
    let conn = app.db.read();
    let (_, ability) = access::project_ability(app, conn, caller, project_id).await?;
    ability.require("read", "member", Facts::any())?;
    complete(app, conn, keyferry_db::project_memberships::list_users(conn, project_id).await?).await
}

/// The people of the project, without their roles.
///
/// # Errors
/// 403 without the permission.
pub async fn list_project_users(app: &App, caller: &Caller, project_id: Uuid) -> Result<Vec<users::Model>> {
    Ok(list_users(app, caller, project_id).await?.into_iter().filter_map(|view| view.user).collect())
}

/// A user's membership by name.
///
/// # Errors
/// 404 when nobody of that name is a member, 403 without the permission.
pub async fn find_user(app: &App, caller: &Caller, project_id: Uuid, username: &str) -> Result<MembershipView> {
    let username = canonical_username(username);
    list_users(app, caller, project_id)
        .await?
        .into_iter()
        .find(|view| view.user.as_ref().is_some_and(|user| user.username == username))
        .ok_or_else(|| Error::not_found("Project membership not found"))
}

/// A user's membership by the user's id.
///
/// # Errors
/// 404 when the user is no member, 403 without the permission.
pub async fn get_user(app: &App, caller: &Caller, project_id: Uuid, user_id: Uuid) -> Result<MembershipView> {
    let conn = app.db.read();
    let (_, ability) = access::project_ability(app, conn, caller, project_id).await?;
    if caller.actor.user_id() != Some(user_id) {
        ability.require("read", "member", Facts::any())?;
    }
    let membership = keyferry_db::project_memberships::find(conn, project_id, Member::User(user_id))
        .await?
        .ok_or_else(|| Error::not_found("Project membership not found"))?;
    one(app, conn, membership).await
}

async fn remove(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    ability: &Ability,
    membership: project_memberships::Model,
) -> Result<project_memberships::Model> {
    if caller.actor.user_id() != membership.user_id {
        let rules = rules_of(tx, &membership, app.now_ms()).await?;
        ability.require_all(&rules, "Failed to remove a more privileged member")?;
    }
    keyferry_db::delete(tx, membership.clone()).await?;
    let metadata = json!({"userId": membership.user_id});
    audit::record(app, tx, caller, Event::project(caller, membership.project_id, "remove-project-member", metadata)).await?;
    Ok(membership)
}

async fn find_by_id(conn: &impl Conn, project_id: Uuid, membership_id: Uuid) -> Result<project_memberships::Model> {
    keyferry_db::find_by_id::<project_memberships::Model>(conn, membership_id)
        .await?
        .filter(|membership| membership.project_id == project_id && membership.user_id.is_some())
        .ok_or_else(|| Error::not_found(format!("Project membership with ID '{membership_id}' not found")))
}

/// Users of the organization by name. One of another organization is as unknown as none.
async fn find_people(conn: &impl Conn, org_id: Uuid, usernames: &[String]) -> Result<Vec<users::Model>> {
    let mut names: Vec<String> = usernames.iter().map(|name| canonical_username(name)).collect();
    names.sort();
    names.dedup();
    let people = keyferry_db::users::list_by_usernames(conn, &names).await?;
    let ids: Vec<Uuid> = people.iter().map(|user| user.id).collect();
    let members = keyferry_db::org_memberships::list_of_users(conn, org_id, &ids).await?;
    let people: Vec<users::Model> =
        people.into_iter().filter(|user| members.iter().any(|member| member.user_id == Some(user.id))).collect();
    let unknown: Vec<&str> =
        names.iter().filter(|name| !people.iter().any(|user| user.username == **name)).map(String::as_str).collect();
    if unknown.is_empty() {
        return Ok(people);
    }
    Err(Error::not_found(format!("No users of the organization: {}", unknown.join(", "))))
}

async fn one(app: &App, conn: &impl Conn, membership: project_memberships::Model) -> Result<MembershipView> {
    complete(app, conn, vec![membership]).await?.pop().ok_or_else(|| Error::internal("a membership without a project was found"))
}
