//! The syncs of a project (S2, S3).

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::SUBJECT;
use super::view::{SyncView, views};
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};

/// The syncs the caller may read, by name; `destination` narrows to one.
///
/// # Errors
/// 404 for an unknown project, 403 without `read`.
pub async fn list(app: &App, caller: &Caller, destination: Option<&str>, project_id: &str) -> Result<Vec<SyncView>> {
    let conn = app.db.read();
    let id =
        Uuid::parse_str(project_id).map_err(|_not_a_uuid| Error::not_found(format!("Project with {project_id} not found")))?;
    let (_, ability) = access::project_ability(app, conn, caller, id).await?;
    ability.require("read", SUBJECT, Facts::any())?;
    let mut syncs = keyferry_db::secret_syncs::list_of_project(conn, id).await?;
    syncs.retain(|sync| destination.is_none_or(|wanted| sync.destination == wanted));
    let mut views = views(conn, syncs).await?;
    views.retain(|view| view.allowed(&ability, "read"));

    let mut metadata = Map::new();
    if let Some(destination) = destination {
        metadata.insert("destination".to_owned(), Value::from(destination));
    }
    metadata.insert("count".to_owned(), Value::from(views.len()));
    metadata.insert("syncIds".to_owned(), json!(views.iter().map(|view| view.sync.id).collect::<Vec<_>>()));
    audit::record_look(app, caller, Event::project(caller, id, "get-secret-syncs", Value::Object(metadata)))?;
    Ok(views)
}

/// How many variables each of these syncs has written and still looks after at its destination.
///
/// # Errors
/// When the database does not answer.
pub async fn key_counts(app: &App, views: &[SyncView]) -> Result<HashMap<Uuid, u64>> {
    let destinations: HashMap<Uuid, &str> = views.iter().map(|view| (view.sync.id, view.sync.destination_id.as_str())).collect();
    let ids: Vec<Uuid> = destinations.keys().copied().collect();
    let counts = keyferry_db::sync_ledger::counts(app.db.read(), &ids).await?;
    // Variables left at a destination that the sync had before are not its own any more.
    let own = counts.into_iter().filter(|(id, destination, _)| destinations.get(id).is_some_and(|now| now == destination));
    Ok(own.map(|(id, _, keys)| (id, keys)).collect())
}
