//! Syncs that write to one place and whose keys can meet there. They never erase each other's variables, but whichever runs
//! last wins a key that both have, so they are named wherever somebody decides about one of them.

use keyferry_connectors::KeySchema;
use keyferry_db::Conn;
use uuid::Uuid;

use super::SUBJECT;
use super::model::SyncOptions;
use super::view::{SyncView, view};
use crate::access::{self, Facts};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::folders;

/// Another sync of the organization that writes to the same account or group, and can make the same keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// Its project.
    pub project_id: Uuid,
    /// Its id and name; none when the caller may not see it.
    pub sync: Option<(Uuid, String)>,
}

/// The syncs whose keys can meet this one's.
///
/// # Errors
/// When the database does not answer.
pub async fn overlaps(app: &App, caller: &Caller, of: &SyncView) -> Result<Vec<Overlap>> {
    let conn = app.db.read();
    let environment = of.source.as_ref().map_or("", |source| source.environment.slug.as_str());
    let schema = SyncOptions::parse(&of.sync.sync_options)?.key_schema;
    let sync = &of.sync;
    let place = (sync.destination.as_str(), sync.destination_id.as_str());
    let mut overlaps = Vec::new();
    for other in neighbours(conn, sync.org_id, place, Some(sync.id), &schema, environment).await? {
        let visible = other.project_id == sync.project_id || may_see(app, conn, caller, &other).await?;
        overlaps.push(Overlap { project_id: other.project_id, sync: visible.then_some((other.sync_id, other.name)) });
    }
    Ok(overlaps)
}

async fn may_see(app: &App, conn: &impl Conn, caller: &Caller, other: &Neighbour) -> Result<bool> {
    let ability = match access::project_ability(app, conn, caller, other.project_id).await {
        Ok((_, ability)) => ability,
        Err(Error::Forbidden { .. } | Error::NotFound { .. } | Error::PermissionDenied { .. }) => return Ok(false),
        Err(error) => return Err(error),
    };
    if !ability.allows("read", SUBJECT, Facts::any()) {
        return Ok(false);
    }
    let Some(sync) = keyferry_db::find_by_id::<keyferry_db::entities::secret_syncs::Model>(conn, other.sync_id).await? else {
        return Ok(false);
    };
    Ok(view(conn, sync).await?.allowed(&ability, "read"))
}

/// A sync that writes to the same place and can make the same keys.
#[derive(Clone, Debug)]
pub(super) struct Neighbour {
    pub(super) sync_id: Uuid,
    pub(super) project_id: Uuid,
    pub(super) name: String,
}

/// The neighbours of a sync (`own`, or of one that is not stored) with this schema and environment at a place: destination and
/// its id, oldest first.
pub(super) async fn neighbours(
    conn: &impl Conn,
    org_id: Uuid,
    (destination, destination_id): (&str, &str),
    own: Option<Uuid>,
    schema: &KeySchema,
    environment: &str,
) -> Result<Vec<Neighbour>> {
    let mut found = Vec::new();
    for sync in keyferry_db::secret_syncs::list_of_destination(conn, org_id, destination, destination_id).await? {
        if Some(sync.id) == own {
            continue;
        }
        let other_environment = match sync.folder_id {
            Some(id) => folders::place_of(conn, id).await?.map(|place| place.environment.slug),
            None => None,
        };
        // Options that cannot be read could make any key.
        let meets = SyncOptions::parse(&sync.sync_options).map_or(true, |options| {
            schema.may_meet(environment, &options.key_schema, other_environment.as_deref().unwrap_or_default())
        });
        if meets {
            found.push(Neighbour { sync_id: sync.id, project_id: sync.project_id, name: sync.name });
        }
    }
    Ok(found)
}
