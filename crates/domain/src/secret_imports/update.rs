//! Changes where an import reads from, or its position.

use keyferry_db::entities::environments;
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
const NAME: &str = "UpdateImport";

/// What shall change; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct UpdateImport {
    /// Slug of the environment to import from.
    pub source_environment: Option<String>,
    /// The folder to import.
    pub source_path: Option<SecretPath>,
    /// Its position, from 1; the others make room.
    pub position: Option<i32>,
}

/// Changes an import of a folder and answers its new state.
///
/// # Errors
/// 404 for an unknown folder or source environment, 400 for an unknown import, a cycle and a repeated source, 403 without `edit`
/// at the folder and, for a new source, `describeSecret` there.
pub async fn update(
    app: &App,
    caller: &Caller,
    project_id: Uuid,
    environment: &str,
    path: &SecretPath,
    id: Uuid,
    input: UpdateImport,
) -> Result<Import> {
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    require_right(&ability, "edit", environment, path)?;

    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let target = folders::require(&tx, project_id, environment, path, NAME).await?;
    let siblings = keyferry_db::secret_imports::list(&tx, target.folder.id).await?;
    let before = siblings
        .iter()
        .find(|import| import.id == id)
        .ok_or_else(|| Error::bad_request_named(NAME, "Secret import not found"))?;
    let mut row = before.clone();
    let source = match &input.source_environment {
        Some(slug) => keyferry_db::environments::find_by_slug(&tx, project_id, slug)
            .await?
            .ok_or_else(|| environment_missing(NAME, slug, project_id))?,
        None => keyferry_db::find_by_id::<environments::Model>(&tx, row.import_environment_id)
            .await?
            .ok_or_else(|| Error::internal("an import names an environment that is gone"))?,
    };
    row.import_environment_id = source.id;
    if let Some(source_path) = &input.source_path {
        row.import_path = source_path.as_str().to_owned();
    }
    if row.import_environment_id != before.import_environment_id || row.import_path != before.import_path {
        let source_path = SecretPath::parse(&row.import_path)?;
        require_source_right(&ability, &source.slug, &source_path)?;
        refuse_cycle(&tx, &target, &source, &source_path).await?;
        refuse_duplicate(&siblings, &row)?;
    }
    if let Some(wanted) = input.position {
        let to = wanted.clamp(1, siblings.last().map_or(1, |last| last.position));
        match before.position {
            from if to < from => {
                keyferry_db::secret_imports::shift(&tx, target.folder.id, to, Some(from - 1), 1).await?;
            }
            from if to > from => {
                keyferry_db::secret_imports::shift(&tx, target.folder.id, from + 1, Some(to), -1).await?;
            }
            _ => {}
        }
        row.position = to;
    }
    row.version += 1;
    row.updated_at_ms = app.now_ms();
    keyferry_db::update(&tx, row.clone()).await?;
    trigger::folders_changed(app, &tx, project_id, &[target.folder.id]).await?;
    let event = Event::project(caller, project_id, "update-secret-import", metadata(&row, &source, &target));
    audit::record(app, &tx, caller, event).await?;
    tx.commit().await?;
    app.queue.wake();
    Ok(Import { row, source })
}
