//! Tells webhooks how a run ended, when that is news.

use keyferry_db::WriteTx;
use keyferry_db::entities::{secret_syncs, sync_runs};

use crate::app::App;
use crate::error::Result;
use crate::secret_syncs::status::{FAILED, KIND_SYNC, SUCCEEDED};
use crate::webhooks::{self, Event, PendingApproval, SyncNotice};

/// Raises the events of a run that is over. Only a turn is news: the first failure after a success, the first success after a
/// failure, and deletions that wait where none did before (`waited_before`).
///
/// # Errors
/// When the jobs cannot be written.
pub(super) async fn ended(
    app: &App,
    tx: &WriteTx,
    sync: &secret_syncs::Model,
    run: &sync_runs::Model,
    waited_before: bool,
) -> Result<()> {
    if !webhooks::any_listens(tx, sync.project_id).await? {
        return Ok(());
    }
    let before = keyferry_db::sync_runs::last_ended(tx, sync.id, &run.kind, run.id).await?;
    let failed_before = before.is_some_and(|before| before.status == FAILED);
    let turn = match (run.status.as_str(), failed_before) {
        (FAILED, false) => Some(Event::SyncFailed),
        (SUCCEEDED, true) => Some(Event::SyncRecovered),
        _ => None,
    };
    let waits = run.kind == KIND_SYNC && !waited_before && sync.pending_count > 0;
    for event in turn.into_iter().chain(waits.then_some(Event::SyncApprovalPending)) {
        let about = SyncNotice {
            id: sync.id,
            name: sync.name.clone(),
            destination: sync.destination.clone(),
            operation: run.kind.clone(),
            status: run.status.clone(),
            message: run.message.clone(),
            run_id: run.id,
            pending_approval: (sync.pending_count > 0)
                .then_some(PendingApproval { count: sync.pending_count, plan_id: sync.pending_plan_id }),
        };
        webhooks::sync_changed(app, tx, sync, event, about).await?;
    }
    Ok(())
}
