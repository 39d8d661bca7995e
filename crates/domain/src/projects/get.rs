//! Finds one project.

use keyferry_db::Conn;
use keyferry_db::entities::projects;
use uuid::Uuid;

use super::Project;
use crate::access;
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// A project by id; every member may see it.
///
/// # Errors
/// 404 for an unknown project, 403 for one of another organization or one the caller does not belong to.
pub async fn get(app: &App, caller: &Caller, id: Uuid) -> Result<Project> {
    let conn = app.db.read();
    let (row, _) = access::project_ability(app, conn, caller, id).await?;
    with_environments(conn, projects::Model::clone(&row)).await
}

/// A project by slug; every member may see it.
///
/// # Errors
/// 404 for an unknown slug, 403 for a project the caller does not belong to.
pub async fn get_by_slug(app: &App, caller: &Caller, slug: &str) -> Result<Project> {
    let id = find_by_slug(app.db.read(), caller, slug).await?.id;
    get(app, caller, id).await
}

/// The project behind a slug in the caller's organization. No permission is checked: that is the next step's.
///
/// # Errors
/// 404 for an unknown slug.
pub async fn find_by_slug(conn: &impl Conn, caller: &Caller, slug: &str) -> Result<projects::Model> {
    let org_id = access::require_org(caller)?;
    keyferry_db::projects::find_by_slug(conn, org_id, slug)
        .await?
        .ok_or_else(|| Error::not_found(format!("Project with slug '{slug}' not found")))
}

/// 404 for an unknown id (core API contract 8.3).
pub(super) fn not_found(id: Uuid) -> Error {
    Error::not_found(format!("Project with {id} not found"))
}

pub(super) async fn with_environments(conn: &impl Conn, row: projects::Model) -> Result<Project> {
    let environments = keyferry_db::environments::list(conn, row.id).await?;
    Ok(Project { row, environments })
}
