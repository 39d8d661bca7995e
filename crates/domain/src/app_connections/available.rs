//! Connections the caller may connect with (C4).

use keyferry_db::entities::app_connections::Model;
use keyferry_db::entities::projects;
use serde_json::json;

use super::{SUBJECT, parse_project_id, unknown_project};
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::Result;

/// The organization's own connections and, with a project, that project's, as far as the caller may `connect` with them; by
/// name.
///
/// # Errors
/// 400 for an unknown project, 403 without `connect` in it.
pub async fn available(app: &App, caller: &Caller, connection_app: &str, project_id: Option<&str>) -> Result<Vec<Model>> {
    let conn = app.db.read();
    let org_id = access::require_org(caller)?;
    let org = access::org_ability(app, conn, caller).await?;
    let project = match project_id {
        Some(id) => {
            let id = parse_project_id(id)?;
            keyferry_db::find_by_id::<projects::Model>(conn, id).await?.ok_or_else(|| unknown_project(id))?;
            let (_, ability) = access::project_ability(app, conn, caller, id).await?;
            ability.require("connect", SUBJECT, Facts::any())?;
            Some((id, ability))
        }
        None => None,
    };
    let mut rows = keyferry_db::app_connections::list_usable(conn, org_id, project.as_ref().map(|(id, _)| *id)).await?;
    rows.retain(|row| {
        let id = row.id.to_string();
        let facts = Facts::connection(&id);
        row.app == connection_app
            && match (row.project_id, &project) {
                (None, _) => org.allows("connect", SUBJECT, facts),
                (Some(_), Some((_, ability))) => ability.allows("connect", SUBJECT, facts),
                (Some(_), None) => false,
            }
    });
    let metadata = json!({
        "app": connection_app, "count": rows.len(), "connectionIds": rows.iter().map(|row| row.id).collect::<Vec<_>>(),
    });
    let event =
        Event { project_id: project.map(|(id, _)| id), ..Event::org(caller, "get-available-app-connections-details", metadata) };
    audit::record_read(app, caller, event)?;
    Ok(rows)
}
