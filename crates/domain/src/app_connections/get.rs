//! One connection, by id (C5) or by name (C6).

use keyferry_db::entities::app_connections::Model;
use serde_json::json;
use uuid::Uuid;

use super::{event, find_permitted, require};
use crate::access;
use crate::app::App;
use crate::audit;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// The connection with this id.
///
/// # Errors
/// 404 for an unknown connection, 403 without `read`, 400 when it is for another app.
pub async fn get(app: &App, caller: &Caller, connection_app: &str, id: Uuid) -> Result<Model> {
    let row = find_permitted(app, app.db.read(), caller, connection_app, id, "read").await?;
    audit::record_read(app, caller, event(caller, &row, "get-app-connection", json!({"connectionId": id})))?;
    Ok(row)
}

/// The connection with this name in a project or, without one, among the organization's own.
///
/// # Errors
/// As [`get`].
pub async fn get_by_name(
    app: &App,
    caller: &Caller,
    connection_app: &str,
    name: &str,
    project_id: Option<&str>,
) -> Result<Model> {
    let conn = app.db.read();
    let org_id = access::require_org(caller)?;
    let scope = if project_id.is_some() { "project" } else { "organization" };
    let not_found = || Error::not_found(format!("Could not find App Connection with name {name} in {scope} scope."));
    let project_id = match project_id {
        Some(id) => Some(Uuid::parse_str(id).map_err(|_not_a_uuid| not_found())?),
        None => None,
    };
    let row = keyferry_db::app_connections::find_by_name(conn, org_id, project_id, name).await?.ok_or_else(not_found)?;
    require(app, conn, caller, &row, "read").await?;
    if row.app != connection_app {
        return Err(Error::bad_request(format!("App Connection with name {name} is not for App \"{connection_app}\"")));
    }
    audit::record_read(app, caller, event(caller, &row, "get-app-connection", json!({"connectionId": row.id})))?;
    Ok(row)
}
