//! Finds one environment.

use keyferry_db::Conn;
use keyferry_db::entities::environments::Model;
use serde_json::json;
use uuid::Uuid;

use super::{SUBJECT, environment_missing, facts, not_found};
use crate::access;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};

/// An environment of a project by id.
///
/// # Errors
/// 404 and 403 as reading the project, 404 for an unknown environment, 403 without `read`.
pub async fn get(app: &App, caller: &Caller, project_id: Uuid, id: Uuid) -> Result<Model> {
    let conn = app.db.read();
    access::project_ability(app, conn, caller, project_id).await?;
    let row = keyferry_db::environments::find_in_project(conn, project_id, id).await?.ok_or_else(|| not_found(id, project_id))?;
    permitted(app, conn, caller, row).await
}

/// An environment of a project by slug.
///
/// # Errors
/// As [`get`].
pub async fn get_by_slug(app: &App, caller: &Caller, project_id: Uuid, slug: &str) -> Result<Model> {
    let conn = app.db.read();
    access::project_ability(app, conn, caller, project_id).await?;
    let row = keyferry_db::environments::find_by_slug(conn, project_id, slug)
        .await?
        .ok_or_else(|| environment_missing("NotFound", slug, project_id))?;
    permitted(app, conn, caller, row).await
}

/// An environment of any project of the caller by id.
///
/// # Errors
/// 404 for an unknown environment, and as [`get`].
pub async fn get_anywhere(app: &App, caller: &Caller, id: Uuid) -> Result<Model> {
    let conn = app.db.read();
    let row = keyferry_db::find_by_id::<Model>(conn, id)
        .await?
        .ok_or_else(|| Error::not_found(format!("Environment with ID '{id}' not found")))?;
    permitted(app, conn, caller, row).await
}

async fn permitted(app: &App, conn: &impl Conn, caller: &Caller, row: Model) -> Result<Model> {
    let (_, ability) = access::project_ability(app, conn, caller, row.project_id).await?;
    ability.require("read", SUBJECT, facts(&row.slug))?;
    audit::record_read(app, caller, Event::project(caller, row.project_id, "get-environment", json!({"id": row.id})))?;
    Ok(row)
}
