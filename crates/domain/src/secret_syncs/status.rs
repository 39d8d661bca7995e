//! Words of a sync's state, and whether a run is at work.

use keyferry_db::Conn;
use uuid::Uuid;

use crate::error::Result;

/// A run waits.
pub const PENDING: &str = "pending";
/// A run works, or waits for its next attempt.
pub const RUNNING: &str = "running";
/// The last run did everything.
pub const SUCCEEDED: &str = "succeeded";
/// The last run did not.
pub const FAILED: &str = "failed";

/// Kind of the runs that push.
pub const KIND_SYNC: &str = "sync-secrets";
/// Kind of the runs that remove.
pub const KIND_REMOVE: &str = "remove-secrets";

/// Name of the lease that a run of a sync holds while it works.
#[must_use]
pub fn sync_lease(sync_id: Uuid) -> String {
    format!("sync:{sync_id}")
}

/// Name of the lease of the one who writes to a destination.
#[must_use]
pub fn destination_lease(destination_id: &str) -> String {
    format!("destination:{destination_id}")
}

/// Whether a run of the sync is at work now. While it waits, or pauses between attempts, it is not.
///
/// # Errors
/// When the database does not answer.
pub async fn is_busy(conn: &impl Conn, sync_id: Uuid, now_ms: i64) -> Result<bool> {
    Ok(keyferry_db::sync_runs::is_leased(conn, &sync_lease(sync_id), now_ms).await?)
}
