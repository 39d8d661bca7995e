//! What runs did.

use keyferry_db::entities::{sync_run_items, sync_runs};
use serde_json::json;
use uuid::Uuid;

use super::view::find_permitted;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};

/// What became of a key in a run.
pub use keyferry_db::entities::sync_run_items::Model as RunItem;
/// A run as it is stored.
pub use keyferry_db::entities::sync_runs::Model as Run;

/// Runs a page at most.
pub const MOST_A_PAGE: u64 = 100;

/// A page of runs.
#[derive(Clone, Debug)]
pub struct RunPage {
    /// Newest first.
    pub runs: Vec<sync_runs::Model>,
    /// For the next page; none at the end.
    pub next_cursor: Option<String>,
}

/// The runs of a sync, newest first; `cursor` is the last answer's.
///
/// # Errors
/// 404 for an unknown sync, 403 without `read`, 400 for a cursor of something else.
pub async fn list(
    app: &App,
    caller: &Caller,
    destination: &str,
    sync_id: Uuid,
    cursor: Option<&str>,
    limit: u64,
) -> Result<RunPage> {
    let conn = app.db.read();
    let (view, _) = find_permitted(app, conn, caller, destination, sync_id, "read").await?;
    let after = cursor.map(parse_cursor).transpose()?;
    let limit = limit.clamp(1, MOST_A_PAGE);
    let mut runs = keyferry_db::sync_runs::list(conn, view.sync.project_id, sync_id, after, limit + 1).await?;
    let has_more = runs.len() as u64 > limit;
    runs.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next_cursor = runs.last().filter(|_| has_more).map(|run| format!("{}.{}", run.created_at_ms, run.id));
    let metadata = json!({"syncId": sync_id, "destination": destination, "count": runs.len()});
    audit::record_look(app, caller, Event::project(caller, view.sync.project_id, "get-secret-sync-runs", metadata))?;
    Ok(RunPage { runs, next_cursor })
}

/// A run with what became of each key.
///
/// # Errors
/// 404 for an unknown sync or run, 403 without `read`.
pub async fn get(
    app: &App,
    caller: &Caller,
    destination: &str,
    sync_id: Uuid,
    run_id: Uuid,
) -> Result<(sync_runs::Model, Vec<sync_run_items::Model>)> {
    let conn = app.db.read();
    let (view, _) = find_permitted(app, conn, caller, destination, sync_id, "read").await?;
    let run = keyferry_db::sync_runs::find(conn, view.sync.project_id, sync_id, run_id)
        .await?
        .ok_or_else(|| Error::not_found(format!("Could not find a run with ID \"{run_id}\" of the sync")))?;
    let items = keyferry_db::sync_runs::items(conn, run_id).await?;
    let metadata = json!({"syncId": sync_id, "destination": destination, "runId": run_id});
    audit::record_read(app, caller, Event::project(caller, view.sync.project_id, "get-secret-sync-run", metadata))?;
    Ok((run, items))
}

fn parse_cursor(cursor: &str) -> Result<(i64, Uuid)> {
    cursor
        .split_once('.')
        .and_then(|(at_ms, id)| Some((at_ms.parse().ok()?, Uuid::parse_str(id).ok()?)))
        .ok_or_else(|| Error::bad_request("The cursor is not one of this list"))
}
