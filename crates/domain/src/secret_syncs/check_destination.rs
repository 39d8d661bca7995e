//! Whether another sync of the organization writes to the same place (S12).

use keyferry_db::Conn;
use keyferry_db::entities::secret_syncs;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::SUBJECT;
use super::destination::{self, DestinationConfig};
use crate::access::{self, Facts};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// The project of another sync with the same destination; names of account and group do not count.
///
/// # Errors
/// 404 for an unknown project, 403 without `read` on its syncs. Whatever else fails reads as "no duplicate".
pub async fn check_destination(
    app: &App,
    caller: &Caller,
    destination: &str,
    config: &Map<String, Value>,
    exclude_sync_id: Option<Uuid>,
    project_id: Uuid,
) -> Result<Option<Uuid>> {
    let conn = app.db.read();
    let (project, ability) = access::project_ability(app, conn, caller, project_id).await?;
    ability.require("read", SUBJECT, Facts::any())?;
    Ok(duplicate(conn, project.org_id, destination, config, exclude_sync_id).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the destination could not be compared");
        None
    }))
}

/// The refusal of a second sync to one destination, where the organization forbids it.
pub(super) async fn refuse_duplicate(
    conn: &impl Conn,
    org_id: Uuid,
    destination: &str,
    config: &Map<String, Value>,
    exclude_sync_id: Option<Uuid>,
) -> Result<()> {
    let organization = keyferry_db::find_by_id::<keyferry_db::entities::organizations::Model>(conn, org_id).await?;
    if !organization.is_some_and(|organization| organization.block_duplicate_secret_sync_destinations) {
        return Ok(());
    }
    match duplicate(conn, org_id, destination, config, exclude_sync_id).await? {
        Some(project_id) => {
            Err(Error::bad_request(format!("A secret sync with this destination already exists in project {project_id}.")))
        }
        None => Ok(()),
    }
}

async fn duplicate(
    conn: &impl Conn,
    org_id: Uuid,
    destination: &str,
    config: &Map<String, Value>,
    exclude_sync_id: Option<Uuid>,
) -> Result<Option<Uuid>> {
    let Some(id) = destination_id(config) else { return Ok(None) };
    let wanted = without_names(config);
    let candidates = keyferry_db::secret_syncs::list_of_destination(conn, org_id, destination, &id).await?;
    Ok(candidates
        .into_iter()
        .filter(|sync| Some(sync.id) != exclude_sync_id)
        .find(|sync| stored_config(sync).is_some_and(|stored| without_names(&stored) == wanted))
        .map(|sync| sync.project_id))
}

/// The stored form of a destination, if the configuration is complete enough to name one.
fn destination_id(config: &Map<String, Value>) -> Option<String> {
    let config = serde_json::from_value::<DestinationConfig>(Value::Object(without_names(config))).ok()?;
    Some(destination::destination_id(&config))
}

fn without_names(config: &Map<String, Value>) -> Map<String, Value> {
    config.iter().filter(|(key, _)| *key != "accountName" && *key != "groupName").map(|(k, v)| (k.clone(), v.clone())).collect()
}

fn stored_config(sync: &secret_syncs::Model) -> Option<Map<String, Value>> {
    serde_json::from_str(&sync.destination_config).ok()
}
