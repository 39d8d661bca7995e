//! A stored plan.

use keyferry_db::entities::sync_plans;
use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::secret_syncs::view::find_permitted;

/// The plan of a sync.
///
/// # Errors
/// 404 for an unknown sync or plan, 403 without `read`.
pub async fn get(app: &App, caller: &Caller, destination: &str, sync_id: Uuid, plan_id: Uuid) -> Result<sync_plans::Model> {
    let conn = app.db.read();
    let (view, _) = find_permitted(app, conn, caller, destination, sync_id, "read").await?;
    let plan = find(conn, view.sync.project_id, sync_id, plan_id).await?;
    let metadata = json!({"planId": plan_id, "syncId": sync_id, "destination": destination});
    audit::record_read(app, caller, Event::project(caller, view.sync.project_id, "get-secret-sync-plan", metadata))?;
    Ok(plan)
}

pub(super) async fn find(
    conn: &impl keyferry_db::Conn,
    project_id: Uuid,
    sync_id: Uuid,
    plan_id: Uuid,
) -> Result<sync_plans::Model> {
    keyferry_db::sync_plans::find(conn, project_id, plan_id)
        .await?
        .filter(|plan| plan.sync_id == Some(sync_id))
        .ok_or_else(|| Error::not_found(format!("Could not find a plan with ID \"{plan_id}\" of the sync")))
}
