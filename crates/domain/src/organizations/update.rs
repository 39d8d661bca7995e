//! Changing an organization.

use keyferry_db::DbError;
use keyferry_db::entities::organizations::Model;
use serde_json::json;
use uuid::Uuid;

use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};

/// What to change; `None` stays.
#[derive(Clone, Debug, Default)]
pub struct UpdateOrganization {
    /// Its name.
    pub name: Option<String>,
    /// Its slug.
    pub slug: Option<String>,
    /// Whether two syncs may not share a destination.
    pub block_duplicate_secret_sync_destinations: Option<bool>,
}

/// Changes the caller's organization.
///
/// # Errors
/// 403 for any other or without the permission, 400 for a slug that is taken.
pub async fn update(app: &App, caller: &Caller, id: Uuid, change: UpdateOrganization) -> Result<Model> {
    if access::require_org(caller)? != id {
        return Err(Error::forbidden("You are not a member of this organization"));
    }
    let tx = app.db.begin().await?;
    access::org_ability(app, &tx, caller).await?.require("edit", "settings", Facts::any())?;
    let mut row = keyferry_db::find_by_id::<Model>(&tx, id)
        .await?
        .ok_or_else(|| Error::not_found(format!("Organization with ID '{id}' not found")))?;
    if let Some(name) = change.name {
        row.name = name;
    }
    if let Some(slug) = change.slug {
        row.slug = slug;
    }
    if let Some(block) = change.block_duplicate_secret_sync_destinations {
        row.block_duplicate_secret_sync_destinations = block;
    }
    row.updated_at_ms = app.now_ms();
    keyferry_db::update(&tx, row.clone()).await.map_err(|error| match error {
        DbError::Unique(_) => Error::bad_request(format!("Organization with slug '{}' already exists", row.slug)),
        other => other.into(),
    })?;
    let metadata = json!({"name": row.name, "slug": row.slug});
    audit::record(app, &tx, caller, Event::org(caller, "update-org", metadata)).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(row)
}
