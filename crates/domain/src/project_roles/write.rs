//! Making, changing and deleting a project's custom roles.

use keyferry_db::DbError;
use keyferry_db::entities::project_roles::Model;
use serde_json::json;
use uuid::Uuid;

use super::read::{RoleView, missing, view};
use crate::access::{self, Facts, RESERVED_PROJECT_ROLES, Rule};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};

/// A new role.
#[derive(Clone, Debug)]
pub struct CreateRole {
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
pub struct UpdateRole {
    /// Its slug.
    pub slug: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// What it is for; `Some(None)` takes the text away.
    pub description: Option<Option<String>>,
    /// What it permits.
    pub permissions: Option<Vec<Rule>>,
}

/// Makes a role.
///
/// # Errors
/// 422 for a reserved slug or a rule that cannot be evaluated, 400 for a slug that is taken, 403 without the permission or for rules
/// that permit more than the caller may do.
pub async fn create(app: &App, caller: &Caller, project_id: Uuid, input: CreateRole) -> Result<RoleView> {
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    ability.require("create", "role", Facts::any())?;
    require_free_slug(&input.slug)?;
    access::validate_rules(&input.permissions)?;
    ability.require_all(&input.permissions, "Failed to create a role with more privileges than your own")?;
    let now_ms = app.now_ms();
    let role = Model {
        id: app.ids.v4(),
        project_id,
        slug: input.slug,
        name: input.name,
        description: input.description,
        permissions: serde_json::to_string(&input.permissions).map_err(Error::internal)?,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    keyferry_db::insert(&tx, role.clone()).await.map_err(|error| taken(error, &role.slug))?;
    audit::record(app, &tx, caller, event(caller, &role, "create-project-role")).await?;
    tx.commit().await?;
    access::forget_project(app);
    view(role)
}

/// Changes a role. Both what it permitted and what it will must be within what the caller may do.
///
/// # Errors
/// As [`create`]; 404 for an unknown role.
pub async fn update(app: &App, caller: &Caller, project_id: Uuid, id: Uuid, change: UpdateRole) -> Result<RoleView> {
    const STRONGER: &str = "Failed to change a role with more privileges than your own";
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    ability.require("edit", "role", Facts::any())?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let before = view(keyferry_db::project_roles::find(&tx, project_id, id).await?.ok_or_else(|| missing(id))?)?;
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
    audit::record(app, &tx, caller, event(caller, &role, "update-project-role")).await?;
    tx.commit().await?;
    access::forget_project(app);
    view(role)
}

/// Deletes a role and takes it from everybody who holds it.
///
/// # Errors
/// 404 for an unknown role, 403 without the permission or for a role that permits more than the caller may do.
pub async fn delete(app: &App, caller: &Caller, project_id: Uuid, id: Uuid) -> Result<RoleView> {
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    ability.require("delete", "role", Facts::any())?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let gone = view(keyferry_db::project_roles::find(&tx, project_id, id).await?.ok_or_else(|| missing(id))?)?;
    ability.require_all(&gone.permissions, "Failed to delete a role with more privileges than your own")?;
    keyferry_db::delete(&tx, gone.role.clone()).await?;
    audit::record(app, &tx, caller, event(caller, &gone.role, "delete-project-role")).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(gone)
}

fn require_free_slug(slug: &str) -> Result<()> {
    if RESERVED_PROJECT_ROLES.contains(&slug) {
        return Err(Error::invalid_field(&["slug"], "Please choose a different slug, the slug you have entered is reserved"));
    }
    Ok(())
}

fn taken(error: DbError, slug: &str) -> Error {
    match error {
        DbError::Unique(_) => Error::bad_request(format!("A role with the slug '{slug}' already exists in the project")),
        other => other.into(),
    }
}

fn event(caller: &Caller, role: &Model, kind: &'static str) -> Event {
    Event::project(caller, role.project_id, kind, json!({"roleId": role.id, "slug": role.slug, "name": role.name}))
}
