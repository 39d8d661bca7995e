//! Custom roles of an organization (core API contract, section 7.4).

use keyferry_db::DbError;
use keyferry_db::entities::org_roles::Model;
use serde_json::json;
use uuid::Uuid;

use crate::access::{self, Facts, Rule};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};

/// Slugs that a custom role cannot take.
const RESERVED: &[&str] = &["admin", "member", "no-access", "custom", "owner"];

/// A custom role with its rules.
#[derive(Clone, Debug)]
pub struct OrgRoleView {
    /// The role.
    pub role: Model,
    /// Its rules.
    pub permissions: Vec<Rule>,
}

/// A new role.
#[derive(Clone, Debug)]
pub struct CreateOrgRole {
    /// Its slug; not that of a built-in role.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it permits.
    pub permissions: Vec<Rule>,
}

/// What to change; `None` stays.
#[derive(Clone, Debug, Default)]
pub struct UpdateOrgRole {
    /// Its slug.
    pub slug: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// What it is for; `Some(None)` takes the text away.
    pub description: Option<Option<String>>,
    /// What it permits.
    pub permissions: Option<Vec<Rule>>,
}

/// The organization's custom roles, by slug.
///
/// # Errors
/// 403 without the permission.
pub async fn list_roles(app: &App, caller: &Caller) -> Result<Vec<OrgRoleView>> {
    let conn = app.db.read();
    access::org_ability(app, conn, caller).await?.require("read", "role", Facts::any())?;
    keyferry_db::org_roles::list(conn, access::require_org(caller)?).await?.into_iter().map(view).collect()
}

/// A custom role by its id.
///
/// # Errors
/// 404 for an unknown role, 403 without the permission.
pub async fn get_role(app: &App, caller: &Caller, id: Uuid) -> Result<OrgRoleView> {
    let conn = app.db.read();
    access::org_ability(app, conn, caller).await?.require("read", "role", Facts::any())?;
    let role = keyferry_db::access::find_org_role(conn, access::require_org(caller)?, id).await?;
    view(role.ok_or_else(|| missing(id))?)
}

/// A custom role by its slug.
///
/// # Errors
/// 404 for an unknown role, 403 without the permission.
pub async fn get_role_by_slug(app: &App, caller: &Caller, slug: &str) -> Result<OrgRoleView> {
    let conn = app.db.read();
    access::org_ability(app, conn, caller).await?.require("read", "role", Facts::any())?;
    let role = keyferry_db::org_roles::find_by_slug(conn, access::require_org(caller)?, slug).await?;
    view(role.ok_or_else(|| Error::not_found(format!("Organization role with slug '{slug}' not found")))?)
}

/// Makes a role.
///
/// # Errors
/// 422 for a reserved slug or a rule that cannot be evaluated, 400 for a slug that is taken, 403 without the permission or for rules
/// that permit more than the caller may do.
pub async fn create_role(app: &App, caller: &Caller, input: CreateOrgRole) -> Result<OrgRoleView> {
    let org_id = access::require_org(caller)?;
    let tx = app.db.begin().await?;
    let ability = access::org_ability(app, &tx, caller).await?;
    ability.require("create", "role", Facts::any())?;
    require_free_slug(&input.slug)?;
    access::validate_rules(&input.permissions)?;
    ability.require_all(&input.permissions, "Failed to create a role with more privileges than your own")?;
    let now_ms = app.now_ms();
    let role = Model {
        id: app.ids.v4(),
        org_id,
        slug: input.slug,
        name: input.name,
        description: input.description,
        permissions: serde_json::to_string(&input.permissions).map_err(Error::internal)?,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(&tx, role.clone()).await.map_err(|error| taken(error, &role.slug))?;
    audit::record(app, &tx, caller, event(caller, &role, "create-org-role")).await?;
    tx.commit().await?;
    view(role)
}

/// Changes a role. Both what it permitted and what it will must be within what the caller may do.
///
/// # Errors
/// As [`create_role`]; 404 for an unknown role.
pub async fn update_role(app: &App, caller: &Caller, id: Uuid, change: UpdateOrgRole) -> Result<OrgRoleView> {
    const STRONGER: &str = "Failed to change a role with more privileges than your own";
    let org_id = access::require_org(caller)?;
    let tx = app.db.begin().await?;
    let ability = access::org_ability(app, &tx, caller).await?;
    ability.require("edit", "role", Facts::any())?;
    keyferry_db::organizations::lock(&tx, org_id).await?;
    let before = view(keyferry_db::access::find_org_role(&tx, org_id, id).await?.ok_or_else(|| missing(id))?)?;
    ability.require_all(&before.permissions, STRONGER)?;
    let mut role = before.role;
    if let Some(slug) = change.slug.filter(|slug| *slug != role.slug) {
        require_free_slug(&slug)?;
        role.slug = slug;
    }
    if let Some(name) = change.name {
        role.name = name;
    }
    if let Some(description) = change.description {
        role.description = description;
    }
    if let Some(permissions) = &change.permissions {
        access::validate_rules(permissions)?;
        ability.require_all(permissions, STRONGER)?;
        role.permissions = serde_json::to_string(permissions).map_err(Error::internal)?;
    }
    role.updated_at_ms = app.now_ms();
    keyferry_db::update(&tx, role.clone()).await.map_err(|error| taken(error, &role.slug))?;
    audit::record(app, &tx, caller, event(caller, &role, "update-org-role")).await?;
    tx.commit().await?;
    access::forget_project(app);
    view(role)
}

/// Deletes a role that nobody holds.
///
/// # Errors
/// 404 for an unknown role, 400 while somebody holds it, 403 without the permission or for a role that permits more than the caller
/// may do.
pub async fn delete_role(app: &App, caller: &Caller, id: Uuid) -> Result<OrgRoleView> {
    let org_id = access::require_org(caller)?;
    let tx = app.db.begin().await?;
    let ability = access::org_ability(app, &tx, caller).await?;
    ability.require("delete", "role", Facts::any())?;
    keyferry_db::organizations::lock(&tx, org_id).await?;
    let gone = view(keyferry_db::access::find_org_role(&tx, org_id, id).await?.ok_or_else(|| missing(id))?)?;
    ability.require_all(&gone.permissions, "Failed to delete a role with more privileges than your own")?;
    if keyferry_db::org_memberships::count_role(&tx, org_id, id).await? > 0
        || keyferry_db::groups::count_role(&tx, org_id, id).await? > 0
    {
        return Err(Error::bad_request(
            "This role is held by members or groups of the organization; give them another one first",
        ));
    }
    keyferry_db::delete(&tx, gone.role.clone()).await?;
    audit::record(app, &tx, caller, event(caller, &gone.role, "delete-org-role")).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(gone)
}

fn view(role: Model) -> Result<OrgRoleView> {
    Ok(OrgRoleView { permissions: super::roles::parse(&role)?, role })
}

fn missing(id: Uuid) -> Error {
    Error::not_found(format!("Organization role with ID '{id}' not found"))
}

fn require_free_slug(slug: &str) -> Result<()> {
    if RESERVED.contains(&slug) {
        return Err(Error::invalid_field(&["slug"], "Please choose a different slug, the slug you have entered is reserved"));
    }
    Ok(())
}

fn taken(error: DbError, slug: &str) -> Error {
    match error {
        DbError::Unique(_) => Error::bad_request(format!("A role with the slug '{slug}' already exists in the organization")),
        other => other.into(),
    }
}

fn event(caller: &Caller, role: &Model, kind: &'static str) -> Event {
    Event::org(caller, kind, json!({"roleId": role.id, "slug": role.slug, "name": role.name}))
}
