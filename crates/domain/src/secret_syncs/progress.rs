//! How far a sync is and what it wrote, for pages that look again and again.

use std::collections::HashMap;

use keyferry_db::entities::{sync_ledger, sync_runs};
use serde_json::Value;
use uuid::Uuid;

use super::ledger;
use super::status::{KIND_REMOVE, KIND_SYNC};
use super::view::{SyncView, find_permitted};
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;

/// How far a sync is.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The sync.
    pub view: SyncView,
    /// The run that works or is due: not one that waits for a late retry.
    pub run: Option<sync_runs::Model>,
    /// Keys of that run with a result.
    pub settled: u32,
    /// Keys that it means to write or delete; none until it has compared both sides.
    pub planned: Option<u32>,
    /// Until when the destination asked not to be called, while a run works; none when it did not.
    pub waits_until_ms: Option<i64>,
}

/// How far a sync is now. Not audited: it says less than the sync itself, and is asked every second.
///
/// # Errors
/// 404 for an unknown sync, 403 without `read`.
pub async fn progress(app: &App, caller: &Caller, destination: &str, id: Uuid) -> Result<Progress> {
    let conn = app.db.read();
    let (view, _) = find_permitted(app, conn, caller, destination, id, "read").await?;
    let now_ms = app.now_ms();
    let mut open = keyferry_db::sync_runs::open(conn, id, KIND_SYNC).await?;
    open.extend(keyferry_db::sync_runs::open(conn, id, KIND_REMOVE).await?);
    let is_late = |run: &sync_runs::Model| run.status == "pending" && run.next_retry_at_ms.is_some_and(|at_ms| at_ms > now_ms);
    // One that works before one that waits.
    let run = open.into_iter().filter(|run| !is_late(run)).max_by_key(|run| run.status == "running");
    let (mut settled, mut planned, mut waits_until_ms) = (0, None, None);
    if let Some(run) = &run {
        let tally = keyferry_db::sync_runs::tally(conn, run.id).await?;
        let of = |outcome: &str| tally.iter().filter(|(_, own, _)| own == outcome).map(|(_, _, items)| items).sum::<i64>();
        settled = u32::try_from(of("done")).unwrap_or_default();
        let counts: Value = serde_json::from_str(&run.counts).unwrap_or_default();
        planned = counts.get("planned").and_then(Value::as_u64).and_then(|planned| u32::try_from(planned).ok());
    }
    if run.as_ref().is_some_and(|run| run.status == "running") {
        waits_until_ms = keyferry_db::rate_budget::paused_until(conn, &view.connection.api_key_hash, now_ms).await?;
    }
    Ok(Progress { view, run, settled, planned, waits_until_ms })
}

/// A variable that the sync wrote and owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Key of the secret.
    pub secret_key: String,
    /// Name of the variable.
    pub destination_key: String,
    /// Version of the secret last confirmed.
    pub secret_version: Option<i32>,
    /// When that was.
    pub written_at_ms: i64,
}

/// The variables that the sync wrote at its present destination, by name: what a removal takes away.
///
/// # Errors
/// 404 for an unknown sync, 403 without `read`.
pub async fn written(app: &App, caller: &Caller, destination: &str, id: Uuid) -> Result<Vec<Written>> {
    let conn = app.db.read();
    let (view, _) = find_permitted(app, conn, caller, destination, id, "read").await?;
    let rows = keyferry_db::sync_ledger::list(conn, id, &view.sync.destination_id).await?;
    Ok(rows.into_iter().map(of_row).collect())
}

/// How many secrets changed in the source that the sync has not written yet, by our record and without asking the destination.
/// New secrets of imported and lower folders are not counted.
///
/// # Errors
/// As [`written`].
pub async fn unpushed(app: &App, caller: &Caller, destination: &str, id: Uuid) -> Result<usize> {
    let conn = app.db.read();
    let (view, _) = find_permitted(app, conn, caller, destination, id, "read").await?;
    let Some(source) = &view.source else { return Ok(0) };
    let rows = keyferry_db::sync_ledger::list(conn, id, &view.sync.destination_id).await?;
    let known: HashMap<Uuid, Option<i32>> = rows
        .into_iter()
        .filter_map(|row| Some((row.secret_id?, row.secret_version.filter(|_| ledger::is_confirmed(&row)))))
        .collect();
    let here = keyferry_db::secrets::list_in_folder(conn, source.folder.id, &[Uuid::nil()]).await?;
    // A secret without a value has no variable, so its absence is no change.
    let new = here.iter().filter(|secret| !secret.is_empty && !known.contains_key(&secret.id)).count();
    let ids: Vec<Uuid> = known.keys().copied().collect();
    let now = keyferry_db::secrets::find_by_ids(conn, view.sync.project_id, &ids).await?;
    let same = now.iter().filter(|secret| known.get(&secret.id) == Some(&Some(secret.version))).count();
    Ok(new + known.len() - same)
}

fn of_row(row: sync_ledger::Model) -> Written {
    Written {
        secret_version: row.secret_version.filter(|_| ledger::is_confirmed(&row)),
        secret_key: row.secret_key,
        destination_key: row.destination_key,
        written_at_ms: row.written_at_ms,
    }
}
