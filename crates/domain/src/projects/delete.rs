//! Deletes a project.

use serde_json::json;
use uuid::Uuid;

use super::Project;
use super::get::{find_by_slug, not_found, with_environments};
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::keys::Scope;

/// Deletes a project with everything in it and answers it as it was. Variables at destinations stay as they are: the syncs
/// that kept them are gone.
///
/// # Errors
/// 404 and 403 as reading it, 403 without `delete` on `workspace` and while delete protection is on.
pub async fn delete(app: &App, caller: &Caller, id: Uuid) -> Result<Project> {
    let (_, ability) = access::project_ability(app, app.db.read(), caller, id).await?;
    ability.require("delete", "workspace", Facts::any())?;

    let tx = app.db.begin().await?;
    let row = keyferry_db::projects::lock(&tx, id).await?.ok_or_else(|| not_found(id))?;
    if row.has_delete_protection {
        return Err(Error::forbidden("Project delete protection is enabled"));
    }
    let project = with_environments(&tx, row).await?;
    keyferry_db::projects::delete_with_contents(&tx, id).await?;
    let metadata = json!({"name": project.row.name, "slug": project.row.slug});
    audit::record(app, &tx, caller, Event::project(caller, id, "delete-project", metadata)).await?;
    tx.commit().await?;
    access::forget_project(app);
    app.keys.forget(Scope::Project { org_id: project.row.org_id, project_id: id }).await;
    Ok(project)
}

/// Like [`delete`], by slug.
///
/// # Errors
/// 404 for an unknown slug, and as [`delete`].
pub async fn delete_by_slug(app: &App, caller: &Caller, slug: &str) -> Result<Project> {
    let id = find_by_slug(app.db.read(), caller, slug).await?.id;
    delete(app, caller, id).await
}
