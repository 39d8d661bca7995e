//! A sync with what it stands between: its connection and its source.

use std::collections::HashMap;

use keyferry_db::entities::{app_connections, secret_syncs};
use keyferry_db::{Conn, WriteTx};
use uuid::Uuid;

use super::SUBJECT;
use crate::access::{self, Ability, Facts};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::folders::{self, Place};

/// A sync as people see it.
#[derive(Clone, Debug)]
pub struct SyncView {
    /// The sync.
    pub sync: secret_syncs::Model,
    /// The connection it uses.
    pub connection: app_connections::Model,
    /// Where its secrets come from; none when that folder or environment is gone.
    pub source: Option<Place>,
}

impl SyncView {
    /// Whether the rules allow an action on this sync. Without a source only unconditional questions can be asked.
    pub(super) fn allowed(&self, ability: &Ability, action: &str) -> bool {
        let connection_id = self.sync.connection_id.to_string();
        ability.allows(action, SUBJECT, self.facts(&connection_id))
    }

    /// Like [`SyncView::allowed`], as an error.
    pub(super) fn require(&self, ability: &Ability, action: &str) -> Result<()> {
        let connection_id = self.sync.connection_id.to_string();
        ability.require(action, SUBJECT, self.facts(&connection_id))
    }

    fn facts<'a>(&'a self, connection_id: &'a str) -> Facts<'a> {
        match &self.source {
            Some(source) => {
                Facts { connection_id: Some(connection_id), ..Facts::at(&source.environment.slug, source.path.as_str()) }
            }
            None => Facts::any(),
        }
    }

    /// The source, or the refusal of actions on a sync that has lost it.
    pub(super) fn require_source(&self) -> Result<&Place> {
        self.source.as_ref().ok_or_else(|| {
            Error::bad_request(
                "Invalid source configuration: folder no longer exists. Please configure a valid source and try again.",
            )
        })
    }

    /// The refusal of a sync that goes elsewhere than the path says.
    pub(super) fn require_destination(&self, app: &App, destination: &str) -> Result<()> {
        if self.connection.app == destination {
            return Ok(());
        }
        Err(Error::bad_request(format!(
            "Secret sync with ID \"{}\" is not configured for {}",
            self.sync.id,
            display_name(app, destination)
        )))
    }
}

/// Puts the view of a sync together.
///
/// # Errors
/// When the database does not answer.
pub async fn view(conn: &impl Conn, sync: secret_syncs::Model) -> Result<SyncView> {
    let mut views = views(conn, vec![sync]).await?;
    views.pop().ok_or_else(|| Error::internal("a sync without its connection"))
}

/// Puts the views of syncs together; connections and folders that several share are read once.
pub(super) async fn views(conn: &impl Conn, syncs: Vec<secret_syncs::Model>) -> Result<Vec<SyncView>> {
    let mut connections: HashMap<Uuid, app_connections::Model> = HashMap::new();
    let mut sources: HashMap<Uuid, Option<Place>> = HashMap::new();
    let mut views = Vec::with_capacity(syncs.len());
    for sync in syncs {
        let connection = match connections.get(&sync.connection_id) {
            Some(connection) => connection.clone(),
            None => {
                let connection = keyferry_db::app_connections::find(conn, sync.org_id, sync.connection_id)
                    .await?
                    .ok_or_else(|| Error::internal("a sync without its connection"))?;
                connections.insert(connection.id, connection.clone());
                connection
            }
        };
        let source = match sync.folder_id {
            None => None,
            Some(id) => match sources.get(&id) {
                Some(source) => source.clone(),
                None => {
                    let source = folders::place_of(conn, id).await?;
                    sources.insert(id, source.clone());
                    source
                }
            },
        };
        views.push(SyncView { sync, connection, source });
    }
    Ok(views)
}

/// A sync by the id in a path, with the caller's ability in its project; `not_found` is the text of the route.
pub(super) async fn find(
    app: &App,
    conn: &impl Conn,
    caller: &Caller,
    id: Uuid,
    not_found: impl FnOnce() -> Error,
) -> Result<(SyncView, std::sync::Arc<Ability>)> {
    let org_id = access::require_org(caller)?;
    let sync = keyferry_db::secret_syncs::find(conn, org_id, id).await?.ok_or_else(not_found)?;
    let (_, ability) = access::project_ability(app, conn, caller, sync.project_id).await?;
    Ok((view(conn, sync).await?, ability))
}

/// The usual way in: the sync by its id, the permission, and the destination the path names.
pub(super) async fn find_permitted(
    app: &App,
    conn: &impl Conn,
    caller: &Caller,
    destination: &str,
    id: Uuid,
    action: &str,
) -> Result<(SyncView, std::sync::Arc<Ability>)> {
    let (view, ability) = find(app, conn, caller, id, || not_found(app, destination, id)).await?;
    view.require(&ability, action)?;
    view.require_destination(app, destination)?;
    Ok((view, ability))
}

/// 404 for an id.
pub(super) fn not_found(app: &App, destination: &str, id: Uuid) -> Error {
    Error::not_found(format!("Could not find {} Sync with ID \"{id}\"", display_name(app, destination)))
}

/// A destination's name for people.
pub(super) fn display_name(app: &App, destination: &str) -> String {
    app.connectors.find(destination).map_or_else(|| destination.to_owned(), |connector| connector.descriptor().name.to_owned())
}

/// The sync as it is stored now, after another function changed it in the same transaction.
pub(super) async fn reread(tx: &WriteTx, sync: &secret_syncs::Model) -> Result<secret_syncs::Model> {
    keyferry_db::secret_syncs::find(tx, sync.org_id, sync.id)
        .await?
        .ok_or_else(|| Error::internal("a sync went away in its own transaction"))
}
