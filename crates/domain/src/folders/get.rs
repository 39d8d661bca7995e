//! Finds one folder.

use uuid::Uuid;

use super::{Place, not_found, parent_path, place_of, require, require_right};
use crate::access;
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;
use crate::paths::SecretPath;

/// A folder of any project of the caller by id.
///
/// # Errors
/// 404 for an unknown folder, 403 for one of a project the caller does not belong to, and without `read`.
pub async fn get(app: &App, caller: &Caller, id: Uuid) -> Result<Place> {
    let conn = app.db.read();
    let place = place_of(conn, id).await?.ok_or_else(|| not_found(id))?;
    let (_, ability) = access::project_ability(app, conn, caller, place.folder.project_id).await?;
    require_right(&ability, "read", &place.environment.slug, &parent_path(&place.path))?;
    Ok(place)
}

/// A folder by where it lies.
///
/// # Errors
/// 404 and 403 as reading the project, 404 for an unknown environment or path, 403 without `read`.
pub async fn get_by_path(app: &App, caller: &Caller, project_id: Uuid, environment: &str, path: &SecretPath) -> Result<Place> {
    let conn = app.db.read();
    let (_, ability) = access::project_ability(app, conn, caller, project_id).await?;
    require_right(&ability, "read", environment, &parent_path(path))?;
    require(conn, project_id, environment, path, "GetFolderByPath").await
}
