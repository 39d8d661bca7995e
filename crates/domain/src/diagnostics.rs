//! What an operator should know about an installation, read beside the running server.

use keyferry_crypto::RootKey;
use keyferry_db::{Db, server_settings};
use uuid::Uuid;

use crate::error::Result;
use crate::keys::Keys;
use crate::secret_syncs::status::FAILED;

/// A job that is due for longer is stuck: a running server takes it within a second, or when earlier ones are done.
const LATE_MS: i64 = 5 * 60_000;
/// Failed syncs that are told of one by one.
const NAMED: u64 = 20;

/// What the database tells.
#[derive(Clone, Debug)]
pub struct Findings {
    /// When the newest audit row was written, Unix milliseconds.
    pub newest_audit_ms: Option<i64>,
    /// Jobs whose process died and that no other took over.
    pub abandoned_jobs: u64,
    /// Jobs that are due for long.
    pub late_jobs: u64,
    /// All syncs.
    pub syncs: u64,
    /// Syncs that wait to be resumed after a restore.
    pub paused_syncs: u64,
    /// Syncs whose last run or removal failed.
    pub failed_syncs: u64,
    /// Some of them.
    pub failures: Vec<SyncFailure>,
}

/// A sync that failed.
#[derive(Clone, Debug)]
pub struct SyncFailure {
    /// The sync.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Why; free of values and credentials.
    pub message: String,
    /// When it is tried again by itself, Unix milliseconds.
    pub next_retry_at_ms: Option<i64>,
}

/// Reads what the database tells.
///
/// # Errors
/// When the database does not answer.
pub async fn inspect(db: &Db, now_ms: i64) -> Result<Findings> {
    let conn = db.read();
    let (abandoned_jobs, late_jobs) = keyferry_db::jobs::count_stuck(conn, now_ms - LATE_MS).await?;
    let (failed, failed_syncs) = keyferry_db::secret_syncs::list_failed(conn, NAMED).await?;
    let mut failures = Vec::with_capacity(failed.len());
    for sync in failed {
        // The run's message is for people, and says whose the failure is; the sync's is for clients of the API.
        let run = match sync.last_run_id {
            Some(run_id) => keyferry_db::sync_runs::find(conn, sync.project_id, sync.id, run_id).await?,
            None => None,
        };
        let of_sync = if sync.sync_status.as_deref() == Some(FAILED) { sync.last_sync_message } else { sync.last_remove_message };
        failures.push(SyncFailure {
            id: sync.id,
            name: sync.name,
            message: run.and_then(|run| run.message).or(of_sync).unwrap_or_default(),
            next_retry_at_ms: sync.next_retry_at_ms,
        });
    }
    Ok(Findings {
        newest_audit_ms: keyferry_db::audit_logs::newest_ms(conn).await?,
        abandoned_jobs,
        late_jobs,
        syncs: keyferry_db::secret_syncs::count(conn).await?,
        paused_syncs: keyferry_db::secret_syncs::count_paused(conn).await?,
        failed_syncs,
        failures,
    })
}

/// Whether the root key opens what the installation keeps under it; `None` before the first start.
///
/// # Errors
/// When the database does not answer.
pub async fn opens(db: &Db, root: RootKey) -> Result<Option<bool>> {
    Ok(server_settings::find(db.read()).await?.map(|settings| Keys::open(root, &settings).is_ok()))
}
