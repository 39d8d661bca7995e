//! What uses a connection (C12): the list behind "cannot delete".

use serde_json::json;
use uuid::Uuid;

use super::{SUBJECT, find, wrong_app};
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::Result;

/// A sync that uses a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncUsage {
    /// Id of the sync.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// The syncs of one project that use a connection.
#[derive(Clone, Debug)]
pub struct ProjectUsage {
    /// The project.
    pub project: keyferry_db::entities::projects::Model,
    /// Its syncs, by name.
    pub secret_syncs: Vec<SyncUsage>,
}

/// Projects with what uses the connection there, by name.
///
/// # Errors
/// 403 without the organization's `read`, 404 for an unknown connection, 400 when it is for another app.
pub async fn usage(app: &App, caller: &Caller, connection_app: &str, id: Uuid) -> Result<Vec<ProjectUsage>> {
    let conn = app.db.read();
    let text = id.to_string();
    access::org_ability(app, conn, caller).await?.require("read", SUBJECT, Facts::connection(&text))?;
    let row = find(conn, caller, id).await?;
    if row.app != connection_app {
        return Err(wrong_app(id, connection_app));
    }
    let syncs = keyferry_db::secret_syncs::list_of_connection(conn, row.org_id, id).await?;
    let projects =
        keyferry_db::app_connections::projects_with_ids(conn, row.org_id, syncs.iter().map(|sync| sync.project_id)).await?;
    audit::record_read(app, caller, Event::org(caller, "get-app-connection-usage", json!({"connectionId": id})))?;
    Ok(projects
        .into_iter()
        .map(|project| ProjectUsage {
            secret_syncs: syncs
                .iter()
                .filter(|sync| sync.project_id == project.id)
                .map(|sync| SyncUsage { id: sync.id, name: sync.name.clone() })
                .collect(),
            project,
        })
        .collect())
}
