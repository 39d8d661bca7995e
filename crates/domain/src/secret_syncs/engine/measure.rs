//! What runs of syncs show in the metrics. Labels are words of ours, never names or keys.

use keyferry_db::entities::sync_runs;
use uuid::Uuid;

use super::calls::{Fate, ItemResult};
use super::recorder::{DONE, NOT_REACHED, OUTCOME_FAILED, SKIPPED};
use crate::app::App;
use crate::secret_syncs::status::{FAILED, RUNNING};
use crate::secret_syncs::trigger::Trigger;

/// Counts an attempt that ended: as a run when that is over, as a retry when it pauses.
pub(super) fn ended(kind: &'static str, run: &sync_runs::Model) {
    if run.status == RUNNING {
        metrics::counter!("keyferry_sync_retries_total", "kind" => kind).increment(1);
    } else {
        let outcome = if run.status == FAILED { "failed" } else { "succeeded" };
        metrics::counter!("keyferry_sync_runs_total", "kind" => kind, "outcome" => outcome).increment(1);
    }
}

/// Counts what became of keys.
pub(super) fn keys(results: &[ItemResult<'_>]) {
    for ItemResult { item, fate, .. } in results {
        let outcome = match fate {
            Fate::Done(_) => DONE,
            Fate::Failed(_) => OUTCOME_FAILED,
            Fate::NotReached => NOT_REACHED,
            Fate::Skipped(_) => SKIPPED,
        };
        metrics::counter!("keyferry_sync_keys_total", "action" => item.action.as_str(), "outcome" => outcome).increment(1);
    }
}

/// Measures how long changes of secrets, given by their versions, took from their commit to their confirmation. Only runs that a
/// change set off count: a first load tells nothing about that.
pub(super) async fn propagation(app: &App, run: &sync_runs::Model, versions: &[(Uuid, i32)], now_ms: i64) {
    if versions.is_empty() || Trigger::parse(&run.trigger) != Trigger::Change {
        return;
    }
    // A metric that cannot be read is no reason for a run to fail.
    let Ok(saved) = keyferry_db::secrets::versions::saved_at(app.db.read(), versions).await else { return };
    for saved_at_ms in saved {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of hours at most")]
        let seconds = (now_ms - saved_at_ms).max(0) as f64 / 1_000.0;
        metrics::histogram!("keyferry_secret_propagation_seconds").record(seconds);
    }
}
