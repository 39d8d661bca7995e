//! Reads the imports of a folder.

use keyferry_db::entities::secret_imports;
use serde_json::json;
use uuid::Uuid;

use super::{Import, require_right};
use crate::access;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::folders::{self, Place};
use crate::paths::SecretPath;

/// The imports of a folder, lowest position first; the last wins.
///
/// # Errors
/// 404 for an unknown folder, 403 without `read`.
pub async fn list(app: &App, caller: &Caller, project_id: Uuid, environment: &str, path: &SecretPath) -> Result<Vec<Import>> {
    let conn = app.db.read();
    let (_, ability) = access::project_ability(app, conn, caller, project_id).await?;
    require_right(&ability, "read", environment, path)?;
    let place = folders::require(conn, project_id, environment, path, "GetImports").await?;
    let rows = keyferry_db::secret_imports::list(conn, place.folder.id).await?;
    let environments = keyferry_db::environments::list(conn, project_id).await?;
    let imports: Vec<Import> = rows
        .into_iter()
        .filter_map(|row| {
            let source = environments.iter().find(|e| e.id == row.import_environment_id)?.clone();
            Some(Import { row, source })
        })
        .collect();
    let metadata = json!({
        "environment": environment, "secretPath": path.as_str(), "folderId": place.folder.id,
        "numberOfImports": imports.len(),
    });
    audit::record_read(app, caller, Event::project(caller, project_id, "get-secret-imports", metadata))?;
    Ok(imports)
}

/// An import of any project of the caller by id, with the folder that imports.
///
/// # Errors
/// 404 for an unknown import, 403 for one of a project the caller does not belong to, and without `read`.
pub async fn get(app: &App, caller: &Caller, id: Uuid) -> Result<(Import, Place)> {
    let conn = app.db.read();
    let missing = || Error::not_found(format!("Secret import with ID '{id}' not found"));
    let row = keyferry_db::find_by_id::<secret_imports::Model>(conn, id).await?.ok_or_else(missing)?;
    let (_, ability) = access::project_ability(app, conn, caller, row.project_id).await?;
    let place = folders::place_of(conn, row.folder_id).await?.ok_or_else(missing)?;
    require_right(&ability, "read", &place.environment.slug, &place.path)?;
    let source = keyferry_db::find_by_id(conn, row.import_environment_id).await?.ok_or_else(missing)?;
    let metadata = json!({"secretImportId": id, "folderId": row.folder_id});
    audit::record_read(app, caller, Event::project(caller, row.project_id, "get-secret-imports", metadata))?;
    Ok((Import { row, source }, place))
}
