//! What other syncs have at the destination: the keys they wrote, who can meet this sync's keys there, and for check groups the
//! values they last wrote.

use std::collections::{BTreeSet, HashSet};

use keyferry_db::entities::sync_ledger;
use secrecy::SecretString;
use uuid::Uuid;

use super::subject::{Prepared, Subject};
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;
use crate::keys::Scope;
use crate::secret_syncs::ledger::{self, Freshness};
use crate::secret_syncs::overlaps::{Neighbour, neighbours};
use crate::secret_syncs::trigger::{self, Trigger};

/// The other syncs of a destination.
pub(in crate::secret_syncs) struct Others {
    /// Owner and key of what they wrote.
    pub(in crate::secret_syncs) keys: Vec<(Uuid, String)>,
    /// Those of the organization whose keys can meet this sync's; only where somebody is told of them.
    pub(in crate::secret_syncs) neighbours: Vec<Neighbour>,
}

impl Others {
    /// Reads what they wrote.
    pub(in crate::secret_syncs) async fn load(app: &App, subject: &Subject) -> Result<Self> {
        let keys = keyferry_db::sync_ledger::list_of_others(app.db.read(), &subject.destination_id, subject.sync_id).await?;
        Ok(Self { keys, neighbours: Vec::new() })
    }

    /// With whose keys can meet this sync's.
    pub(in crate::secret_syncs) async fn with_neighbours(
        self,
        app: &App,
        subject: &Subject,
        prepared: &Prepared,
    ) -> Result<Self> {
        let place = (subject.destination.as_str(), subject.destination_id.as_str());
        let (schema, environment) = (&prepared.options.key_schema, &prepared.options.environment_slug);
        let neighbours = neighbours(app.db.read(), subject.org_id, place, subject.sync_id, schema, environment).await?;
        Ok(Self { neighbours, ..self })
    }
}

/// The values that other syncs of the organization last wrote into a check group, the last written last. The group is written as
/// a whole, so a run has to send them back; nothing shows them.
pub(super) async fn last_values(app: &App, subject: &Subject, sync_id: Uuid) -> Result<Vec<(Freshness, String, SecretString)>> {
    let conn = app.db.read();
    let rows = keyferry_db::sync_ledger::rows_of_others(conn, subject.org_id, &subject.destination_id, sync_id).await?;
    let mut values = Vec::with_capacity(rows.len());
    for row in rows {
        let keys = app.keys.scope(conn, Scope::Project { org_id: subject.org_id, project_id: row.project_id }).await?;
        if let Some(value) = ledger::open_last_value(&keys, &row)? {
            values.push((ledger::freshness(&row), row.destination_key, value));
        }
    }
    Ok(values)
}

/// Sets the other owners of keys that this sync gives up in motion, so that each writes its own value again. Owners whose value
/// is the one that stands there need not.
pub(super) async fn wake_owners(
    app: &App,
    org_id: Uuid,
    others: &[(Uuid, String)],
    rows: &[sync_ledger::Model],
    released: &[String],
) -> Result<()> {
    let given_up: HashSet<&str> = rows
        .iter()
        .filter(|row| released.contains(&row.destination_key) && !ledger::is_in_doubt(row))
        .map(|row| row.destination_key.as_str())
        .collect();
    let owners: BTreeSet<Uuid> =
        others.iter().filter(|(_, key)| given_up.contains(key.as_str())).map(|(owner, _)| *owner).collect();
    if owners.is_empty() {
        return Ok(());
    }
    let tx = app.db.begin().await?;
    // By id, as changes of secrets do: two such transactions lock rows in one order.
    for owner in owners {
        if let Some(sync) = keyferry_db::secret_syncs::lock(&tx, owner).await?
            && sync.org_id == org_id
            && sync.is_auto_sync_enabled
            && !sync.is_paused
            && sync.folder_id.is_some()
        {
            trigger::enqueue_sync(app, &tx, &sync, Trigger::Change, &Caller::platform(sync.org_id), None).await?;
        }
    }
    tx.commit().await?;
    app.queue.wake();
    Ok(())
}
