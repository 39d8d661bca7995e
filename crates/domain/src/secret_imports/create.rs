//! Creates an import.

use keyferry_db::entities::secret_imports::Model;
use uuid::Uuid;

use super::{Import, metadata, refuse_cycle, refuse_duplicate, require_right, require_source_right};
use crate::access;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::environments::environment_missing;
use crate::error::{Error, Result};
use crate::folders;
use crate::paths::SecretPath;
use crate::secret_syncs::trigger;

/// The envelope's `error` field of what is missing.
const NAME: &str = "CreateImport";

/// An import to be.
#[derive(Clone, Debug)]
pub struct CreateImport {
    /// The project.
    pub project_id: Uuid,
    /// Slug of the importing folder's environment.
    pub environment: String,
    /// The importing folder.
    pub path: SecretPath,
    /// Slug of the environment to import from.
    pub source_environment: String,
    /// The folder to import; it need not exist yet.
    pub source_path: SecretPath,
    /// Whether secrets shall be copied instead of resolved; not supported.
    pub is_replication: bool,
}

/// Creates an import at the end of the folder's list, where it wins over the others.
///
/// # Errors
/// 404 for an unknown folder or source environment, 403 without `create` at the folder and `describeSecret` at the source, 400
/// for a replication, a cycle and a repeated source.
pub async fn create(app: &App, caller: &Caller, input: CreateImport) -> Result<Import> {
    let (_, ability) = access::project_ability(app, app.db.read(), caller, input.project_id).await?;
    require_right(&ability, "create", &input.environment, &input.path)?;
    require_source_right(&ability, &input.source_environment, &input.source_path)?;
    if input.is_replication {
        return Err(Error::bad_request(
            "Failed to create secret replication due to plan restriction. Upgrade plan to create replication.",
        ));
    }

    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, input.project_id).await?;
    let target = folders::require(&tx, input.project_id, &input.environment, &input.path, NAME).await?;
    let source = keyferry_db::environments::find_by_slug(&tx, input.project_id, &input.source_environment)
        .await?
        .ok_or_else(|| environment_missing(NAME, &input.source_environment, input.project_id))?;
    refuse_cycle(&tx, &target, &source, &input.source_path).await?;
    let siblings = keyferry_db::secret_imports::list(&tx, target.folder.id).await?;
    let now_ms = app.now_ms();
    let row = Model {
        id: app.ids.v4(),
        project_id: input.project_id,
        folder_id: target.folder.id,
        import_environment_id: source.id,
        import_path: input.source_path.as_str().to_owned(),
        position: siblings.last().map_or(1, |last| last.position + 1),
        version: 1,
        is_replication: false,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    refuse_duplicate(&siblings, &row)?;
    keyferry_db::insert(&tx, row.clone()).await?;
    trigger::folders_changed(app, &tx, input.project_id, &[target.folder.id]).await?;
    let event = Event::project(caller, input.project_id, "create-secret-import", metadata(&row, &source, &target));
    audit::record(app, &tx, caller, event).await?;
    tx.commit().await?;
    app.queue.wake();
    Ok(Import { row, source })
}
