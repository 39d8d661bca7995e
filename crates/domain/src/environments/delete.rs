//! Deletes an environment.

use keyferry_db::entities::environments::Model;
use serde_json::json;
use uuid::Uuid;

use super::{SUBJECT, facts, not_found};
use crate::access;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::Result;
use crate::secret_syncs::trigger;

/// Deletes an environment with its folders and secrets and answers it as it was; the others close up. Syncs that read from it,
/// directly or through imports, run once more and find their source gone.
///
/// # Errors
/// 404 and 403 as reading it, 403 without `delete`.
pub async fn delete(app: &App, caller: &Caller, project_id: Uuid, id: Uuid) -> Result<Model> {
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;

    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let row = keyferry_db::environments::find_in_project(&tx, project_id, id).await?.ok_or_else(|| not_found(id, project_id))?;
    ability.require("delete", SUBJECT, facts(&row.slug))?;
    let folder_ids: Vec<Uuid> =
        keyferry_db::folders::list_by_environment(&tx, id).await?.into_iter().map(|folder| folder.id).collect();
    // Before the rows go: afterwards nothing tells any more which syncs read from here.
    trigger::folders_changed(app, &tx, project_id, &folder_ids).await?;
    keyferry_db::delete(&tx, row.clone()).await?;
    keyferry_db::environments::shift(&tx, project_id, row.position + 1, None, -1).await?;
    let metadata = json!({"environmentId": row.id, "name": row.name, "slug": row.slug});
    audit::record(app, &tx, caller, Event::project(caller, project_id, "delete-environment", metadata)).await?;
    tx.commit().await?;
    app.queue.wake();
    Ok(row)
}
