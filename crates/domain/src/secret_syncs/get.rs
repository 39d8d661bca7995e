//! One sync, by id (S4) or by name (S5).

use serde_json::json;
use uuid::Uuid;

use super::view::{SyncView, display_name, find_permitted, view};
use crate::access;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};

/// The sync with this id.
///
/// # Errors
/// 404 for an unknown sync, 403 without `read`, 400 when it goes to another destination.
pub async fn get(app: &App, caller: &Caller, destination: &str, id: Uuid) -> Result<SyncView> {
    let (view, _) = find_permitted(app, app.db.read(), caller, destination, id, "read").await?;
    record(app, caller, destination, &view)?;
    Ok(view)
}

/// The sync with this name in a project.
///
/// # Errors
/// As [`get`].
pub async fn get_by_name(app: &App, caller: &Caller, destination: &str, name: &str, project_id: &str) -> Result<SyncView> {
    let conn = app.db.read();
    let not_found = || Error::not_found(format!("Could not find {} Sync with name \"{name}\"", display_name(app, destination)));
    let org_id = access::require_org(caller)?;
    let project_id = Uuid::parse_str(project_id).map_err(|_not_a_uuid| not_found())?;
    let sync = keyferry_db::secret_syncs::find_by_name(conn, project_id, name)
        .await?
        .filter(|sync| sync.org_id == org_id)
        .ok_or_else(not_found)?;
    let (_, ability) = access::project_ability(app, conn, caller, project_id).await?;
    let view = view(conn, sync).await?;
    view.require(&ability, "read")?;
    view.require_destination(app, destination)?;
    record(app, caller, destination, &view)?;
    Ok(view)
}

fn record(app: &App, caller: &Caller, destination: &str, view: &SyncView) -> Result<()> {
    let metadata = json!({"syncId": view.sync.id, "destination": destination});
    audit::record_look(app, caller, Event::project(caller, view.sync.project_id, "get-secret-sync", metadata))
}
