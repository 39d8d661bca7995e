//! Changes a project's settings.

use keyferry_db::DbError;
use keyferry_db::entities::projects;
use serde_json::json;
use uuid::Uuid;

use super::get::{find_by_slug, not_found, with_environments};
use super::{Project, fields};
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::{Actor, Caller};
use crate::error::{Error, Result};

/// What shall change; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct UpdateProject {
    /// Shown to people; 1 to 64 characters.
    pub name: Option<String>,
    /// A note; `Some(None)` removes it.
    pub description: Option<Option<String>>,
    /// Unique in the organization.
    pub slug: Option<String>,
    /// Whether the web interface writes keys in capitals.
    pub auto_capitalization: Option<bool>,
    /// Whether the project refuses to be deleted.
    pub has_delete_protection: Option<bool>,
    /// Whether secrets may be shared by link; kept for clients.
    pub secret_sharing: Option<bool>,
    /// Kept for clients.
    pub show_snapshots_legacy: Option<bool>,
    /// Values that leak detection ignores; kept for clients.
    pub secret_detection_ignore_values: Option<Vec<String>>,
    /// Versions kept of each secret, 1 to 100.
    pub pit_version_limit: Option<i32>,
    /// Whether metadata of secrets must be encrypted.
    pub enforce_encrypted_metadata: Option<bool>,
}

/// Changes a project and answers its new state.
///
/// # Errors
/// 404 and 403 as reading it, 403 without `edit` on `settings`, 400 for a taken slug, 422 for fields out of bounds.
pub async fn update(app: &App, caller: &Caller, id: Uuid, input: UpdateProject) -> Result<Project> {
    if let Some(name) = &input.name {
        fields::check_name("name", name)?;
    }
    fields::check_description("description", input.description.as_ref().and_then(|text| text.as_deref()))?;
    if let Some(slug) = &input.slug {
        fields::check_slug(slug)?;
    }
    if input.pit_version_limit.is_some_and(|limit| !(1..=100).contains(&limit)) {
        return Err(Error::invalid_field(&["pitVersionLimit"], "The version limit must be between 1 and 100"));
    }
    let (_, ability) = access::project_ability(app, app.db.read(), caller, id).await?;
    ability.require("edit", "settings", Facts::any())?;

    let tx = app.db.begin().await?;
    let before = keyferry_db::projects::lock(&tx, id).await?.ok_or_else(|| not_found(id))?;
    let row = changed(before.clone(), input, app.now_ms())?;
    keyferry_db::update(&tx, row.clone()).await.map_err(|error| match error {
        DbError::Unique(_) => slug_taken(&row.slug),
        other => other.into(),
    })?;
    let metadata = json!({
        "name": row.name, "slug": row.slug, "description": row.description,
        "oldName": before.name, "oldSlug": before.slug, "hasDeleteProtection": row.has_delete_protection,
        "pitVersionLimit": row.pit_version_limit,
    });
    audit::record(app, &tx, caller, Event::project(caller, id, "update-project", metadata)).await?;
    let project = with_environments(&tx, row).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(project)
}

/// Like [`update`], by slug.
///
/// # Errors
/// 404 for an unknown slug, and as [`update`].
pub async fn update_by_slug(app: &App, caller: &Caller, slug: &str, input: UpdateProject) -> Result<Project> {
    let id = find_by_slug(app.db.read(), caller, slug).await?.id;
    update(app, caller, id, input).await
}

/// Sets how many days audit rows of the project are kept; needs the role `admin` itself.
///
/// # Errors
/// 404 for an unknown slug, 403 for everybody but the project's admins, 422 for a negative number.
pub async fn set_audit_logs_retention(app: &App, caller: &Caller, slug: &str, days: i32) -> Result<Project> {
    if days < 0 {
        return Err(Error::invalid_field(&["auditLogsRetentionDays"], "Number must be greater than or equal to 0"));
    }
    let id = find_by_slug(app.db.read(), caller, slug).await?.id;
    let (_, ability) = access::project_ability(app, app.db.read(), caller, id).await?;
    if caller.actor != Actor::Platform && !ability.roles().iter().any(|role| role == "admin") {
        return Err(Error::forbidden("Insufficient privileges, only admins are allowed to take this action"));
    }
    let tx = app.db.begin().await?;
    let mut row = keyferry_db::projects::lock(&tx, id).await?.ok_or_else(|| not_found(id))?;
    row.audit_logs_retention_days = Some(days);
    row.updated_at_ms = app.now_ms();
    keyferry_db::update(&tx, row.clone()).await?;
    let metadata = json!({"name": row.name, "slug": row.slug, "auditLogsRetentionDays": days});
    audit::record(app, &tx, caller, Event::project(caller, id, "update-project", metadata)).await?;
    let project = with_environments(&tx, row).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(project)
}

fn changed(mut row: projects::Model, input: UpdateProject, now_ms: i64) -> Result<projects::Model> {
    row.name = input.name.unwrap_or(row.name);
    row.description = input.description.unwrap_or(row.description);
    row.slug = input.slug.unwrap_or(row.slug);
    row.auto_capitalization = input.auto_capitalization.unwrap_or(row.auto_capitalization);
    row.has_delete_protection = input.has_delete_protection.unwrap_or(row.has_delete_protection);
    row.secret_sharing = input.secret_sharing.unwrap_or(row.secret_sharing);
    row.show_snapshots_legacy = input.show_snapshots_legacy.unwrap_or(row.show_snapshots_legacy);
    if let Some(values) = input.secret_detection_ignore_values {
        row.secret_detection_ignore_values = serde_json::to_string(&values).map_err(Error::internal)?;
    }
    row.pit_version_limit = input.pit_version_limit.unwrap_or(row.pit_version_limit);
    row.enforce_encrypted_metadata = input.enforce_encrypted_metadata.unwrap_or(row.enforce_encrypted_metadata);
    row.updated_at_ms = now_ms;
    Ok(row)
}

fn slug_taken(slug: &str) -> Error {
    Error::bad_request(format!(
        "Failed to update project. A project with the slug \"{slug}\" already exists in your organization. Please choose a \
         different slug."
    ))
}
