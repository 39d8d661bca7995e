//! Connections of an organization or of a project (C2, C3).

use keyferry_db::entities::{app_connections, projects};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::SUBJECT;
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};

/// A connection with the project it belongs to, if it belongs to one.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The connection.
    pub connection: app_connections::Model,
    /// Its project.
    pub project: Option<projects::Model>,
}

/// Without a project: every connection of the organization, those of its projects included. With one: only that project's own.
/// `connection_app` narrows to one app. Sorted by name; connections hidden by conditions are left out.
///
/// # Errors
/// 403 without `read` in the organization or project, 404 for an unknown project.
pub async fn list(app: &App, caller: &Caller, connection_app: Option<&str>, project_id: Option<&str>) -> Result<Vec<Listed>> {
    let conn = app.db.read();
    let org_id = access::require_org(caller)?;
    let (mut rows, project_id) = match project_id {
        Some(id) => {
            let id = Uuid::parse_str(id).map_err(|_not_a_uuid| Error::not_found(format!("Project with {id} not found")))?;
            let (_, ability) = access::project_ability(app, conn, caller, id).await?;
            ability.require("read", SUBJECT, Facts::any())?;
            let mut rows = keyferry_db::app_connections::list_of_project(conn, org_id, id).await?;
            rows.retain(|row| ability.allows("read", SUBJECT, Facts::connection(&row.id.to_string())));
            (rows, Some(id))
        }
        None => {
            let ability = access::org_ability(app, conn, caller).await?;
            ability.require("read", SUBJECT, Facts::any())?;
            let mut rows = keyferry_db::app_connections::list_of_org(conn, org_id).await?;
            rows.retain(|row| ability.allows("read", SUBJECT, Facts::connection(&row.id.to_string())));
            (rows, None)
        }
    };
    rows.retain(|row| connection_app.is_none_or(|name| row.app == name));
    let projects =
        keyferry_db::app_connections::projects_with_ids(conn, org_id, rows.iter().filter_map(|row| row.project_id)).await?;

    let mut metadata = Map::new();
    if let Some(name) = connection_app {
        metadata.insert("app".to_owned(), Value::from(name));
    }
    metadata.insert("count".to_owned(), Value::from(rows.len()));
    metadata.insert("connectionIds".to_owned(), json!(rows.iter().map(|row| row.id).collect::<Vec<_>>()));
    let event = Event { project_id, ..Event::org(caller, "get-app-connections", Value::Object(metadata)) };
    audit::record_read(app, caller, event)?;

    Ok(rows
        .into_iter()
        .map(|connection| Listed {
            project: projects.iter().find(|project| Some(project.id) == connection.project_id).cloned(),
            connection,
        })
        .collect())
}
