//! Making, changing and deleting groups.

use keyferry_db::DbError;
use keyferry_db::entities::groups::Model;
use serde_json::json;
use uuid::Uuid;

use super::boundary::require_not_stronger;
use super::read::{GroupView, find, view};
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::organizations::{find_role, slugify};

/// Most groups of an organization.
const MAX_GROUPS: u64 = 1_000;

/// A new group.
#[derive(Clone, Debug)]
pub struct CreateGroup {
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// Slug of the role it gives in the organization.
    pub role: String,
}

/// What to change; `None` stays.
#[derive(Clone, Debug, Default)]
pub struct UpdateGroup {
    /// Its name.
    pub name: Option<String>,
    /// Its slug.
    pub slug: Option<String>,
    /// Slug of the role it gives in the organization.
    pub role: Option<String>,
}

/// Makes a group.
///
/// # Errors
/// 403 without `create` on `groups` or for a role stronger than the caller's, 404 for an unknown role, 400 for a name or slug that
/// is taken, or when there are too many.
pub async fn create(app: &App, caller: &Caller, input: CreateGroup) -> Result<GroupView> {
    let org_id = access::require_org(caller)?;
    let tx = app.db.begin().await?;
    let ability = access::org_ability(app, &tx, caller).await?;
    ability.require("create", "groups", Facts::any())?;
    keyferry_db::organizations::lock(&tx, org_id).await?;
    if keyferry_db::groups::count(&tx, org_id).await? >= MAX_GROUPS {
        return Err(Error::bad_request(format!("An organization has at most {MAX_GROUPS} groups")));
    }
    let role = find_role(&tx, org_id, &input.role).await?;
    ability.require_all(&role.rules, "Failed to create a more privileged group")?;
    let now_ms = app.now_ms();
    let group = Model {
        id: app.ids.v4(),
        org_id,
        name: input.name,
        slug: input.slug,
        role: role.stored,
        role_id: role.custom.map(|custom| custom.id),
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(&tx, group.clone()).await.map_err(taken)?;
    let metadata = json!({"groupId": group.id, "name": group.name, "role": input.role});
    audit::record(app, &tx, caller, Event::org(caller, "create-group", metadata)).await?;
    let made = view(&tx, group).await?;
    tx.commit().await?;
    Ok(made)
}

/// Changes a group. Both what it held and what it will must be within what the caller may do.
///
/// # Errors
/// As [`create`]; 404 for an unknown group.
pub async fn update(app: &App, caller: &Caller, id: Uuid, change: UpdateGroup) -> Result<GroupView> {
    const STRONGER: &str = "Failed to update a more privileged group";
    let org_id = access::require_org(caller)?;
    let tx = app.db.begin().await?;
    let ability = access::org_ability(app, &tx, caller).await?;
    ability.require("edit", "groups", Facts::any())?;
    keyferry_db::organizations::lock(&tx, org_id).await?;
    let mut group = find(&tx, org_id, id).await?;
    if let Some(slug) = &change.role {
        ability.require_all(&crate::organizations::group_rules(&tx, &group).await?, STRONGER)?;
        let role = find_role(&tx, org_id, slug).await?;
        ability.require_all(&role.rules, STRONGER)?;
        group.role = role.stored;
        group.role_id = role.custom.map(|custom| custom.id);
    }
    if let Some(name) = change.name {
        group.name = name;
    }
    if let Some(slug) = change.slug {
        group.slug = slug;
    }
    group.updated_at_ms = app.now_ms();
    keyferry_db::update(&tx, group.clone()).await.map_err(taken)?;
    let metadata = json!({"groupId": group.id, "name": group.name, "role": change.role});
    audit::record(app, &tx, caller, Event::org(caller, "update-group", metadata)).await?;
    let changed = view(&tx, group).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(changed)
}

/// Deletes a group; its people lose what it gave them.
///
/// # Errors
/// 403 without `delete` on `groups` or for a group that holds more than the caller, 404 for an unknown group.
pub async fn delete(app: &App, caller: &Caller, id: Uuid) -> Result<GroupView> {
    let org_id = access::require_org(caller)?;
    let tx = app.db.begin().await?;
    let ability = access::org_ability(app, &tx, caller).await?;
    ability.require("delete", "groups", Facts::any())?;
    keyferry_db::organizations::lock(&tx, org_id).await?;
    let gone = view(&tx, find(&tx, org_id, id).await?).await?;
    require_not_stronger(app, &tx, caller, &ability, &gone.group, "Failed to delete a more privileged group").await?;
    keyferry_db::delete(&tx, gone.group.clone()).await?;
    let metadata = json!({"groupId": id, "name": gone.group.name});
    audit::record(app, &tx, caller, Event::org(caller, "delete-group", metadata)).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(gone)
}

/// A slug made from a name, with four random letters and digits at its end that tell groups of like names apart.
#[must_use]
pub fn generated_slug(name: &str) -> String {
    let mut slug = slugify(name);
    slug.truncate(30);
    format!("{}-{}", slug.trim_end_matches('-'), keyferry_crypto::random_alphanumeric(4).to_lowercase())
}

fn taken(error: DbError) -> Error {
    match error {
        DbError::Unique(_) => Error::bad_request("A group with this name or slug already exists in the organization"),
        other => other.into(),
    }
}
