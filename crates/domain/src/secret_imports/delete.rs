//! Deletes an import.

use keyferry_db::entities::environments;
use uuid::Uuid;

use super::{Import, metadata, require_right};
use crate::access;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::folders;
use crate::paths::SecretPath;
use crate::secret_syncs::trigger;

/// Deletes an import of a folder and answers it as it was; the others close up.
///
/// # Errors
/// 404 for an unknown folder or import, 403 without `delete`.
pub async fn delete(
    app: &App,
    caller: &Caller,
    project_id: Uuid,
    environment: &str,
    path: &SecretPath,
    id: Uuid,
) -> Result<Import> {
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    require_right(&ability, "delete", environment, path)?;

    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let target = folders::require(&tx, project_id, environment, path, "DeleteImport").await?;
    let row = keyferry_db::secret_imports::find_in_folder(&tx, target.folder.id, id)
        .await?
        .ok_or_else(|| Error::not_found_named("DeleteImport", format!("Secret import with folder ID '{id}' not found")))?;
    let source = keyferry_db::find_by_id::<environments::Model>(&tx, row.import_environment_id)
        .await?
        .ok_or_else(|| Error::internal("an import names an environment that is gone"))?;
    keyferry_db::delete(&tx, row.clone()).await?;
    keyferry_db::secret_imports::shift(&tx, target.folder.id, row.position + 1, None, -1).await?;
    trigger::folders_changed(app, &tx, project_id, &[target.folder.id]).await?;
    let event = Event::project(caller, project_id, "delete-secret-import", metadata(&row, &source, &target));
    audit::record(app, &tx, caller, event).await?;
    tx.commit().await?;
    app.queue.wake();
    Ok(Import { row, source })
}
