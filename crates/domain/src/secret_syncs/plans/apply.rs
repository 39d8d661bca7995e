//! Applies a plan: a run that carries the leave given with it, if nothing moved since the plan was made.

use keyferry_connectors::Priority;
use keyferry_connectors::plan::Plan;
use keyferry_db::entities::sync_runs;
use serde_json::json;
use uuid::Uuid;

use super::{Look, compute, get, row, store};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::secret_syncs::actions::refuse_busy;
use crate::secret_syncs::engine::Subject;
use crate::secret_syncs::rights;
use crate::secret_syncs::trigger::{self, Approval, ApprovedKeys, Trigger};
use crate::secret_syncs::view::{find_permitted, not_found};

/// Enqueues the run of a plan. `approve` names deletions that wait for a yes.
///
/// # Errors
/// 404 for an unknown sync or plan; 403 without `sync-secrets`, for approvals without `remove-secrets`, and without the right to
/// read the source; 400 during a run and for keys that wait for nothing; 409 `PlanStale` with the id of a new plan when something
/// moved.
pub async fn apply(
    app: &App,
    caller: &Caller,
    destination: &str,
    sync_id: Uuid,
    plan_id: Uuid,
    digest: &str,
    approve: Option<ApprovedKeys>,
) -> Result<sync_runs::Model> {
    let conn = app.db.read();
    let (view, ability) = find_permitted(app, conn, caller, destination, sync_id, "sync-secrets").await?;
    let approves = approve.as_ref().is_some_and(|keys| *keys != ApprovedKeys::Only(Vec::new()));
    if approves {
        view.require(&ability, "remove-secrets")?;
    }
    let source = view.require_source()?;
    let stored = get::find(conn, view.sync.project_id, sync_id, plan_id).await?;
    if stored.digest != digest {
        return Err(stale(plan_id));
    }
    let mut sync = view.sync.clone();
    if let Some(grants) = rights::collect(app, conn, caller, &sync, source).await? {
        // Renewed before the comparison, or a plan made under the old grant could never be applied.
        let tx = app.db.begin().await?;
        keyferry_db::secret_syncs::set_grants(&tx, sync_id, &grants).await?;
        tx.commit().await?;
        sync.grants = Some(grants);
    }

    let fresh = compute(app, &Subject::of(&sync)?, Priority::Manual, Look::Straight).await?;
    if fresh.plan.digest() != digest {
        let new = row(app, sync.org_id, sync.project_id, Some(sync_id), None, &fresh.plan, &fresh.warnings, &caller.actor)?;
        let id = new.id;
        let tx = app.db.begin().await?;
        store(app, &tx, new).await?;
        tx.commit().await?;
        return Err(stale(id));
    }
    let approval = approve.filter(|_| approves).map(|keys| approved(keys, &fresh.plan)).transpose()?;

    let tx = app.db.begin().await?;
    let sync = keyferry_db::secret_syncs::lock(&tx, sync_id).await?.ok_or_else(|| not_found(app, destination, sync_id))?;
    refuse_busy(app, &tx, sync_id).await?;
    let keys = approval.as_ref().map(|approval| match &approval.keys {
        ApprovedKeys::Only(keys) => json!(keys),
        ApprovedKeys::All => json!("all"),
    });
    let run_id = trigger::enqueue_sync(app, &tx, &sync, Trigger::Apply, caller, approval).await?;
    let metadata = json!({"planId": plan_id, "syncId": sync_id, "destination": destination, "approve": keys, "runId": run_id});
    audit::record(app, &tx, caller, Event::project(caller, sync.project_id, "apply-secret-sync-plan", metadata)).await?;
    let run = keyferry_db::sync_runs::find(&tx, sync.project_id, sync_id, run_id)
        .await?
        .ok_or_else(|| Error::internal("a run went away in its own transaction"))?;
    tx.commit().await?;
    app.queue.wake();
    Ok(run)
}

/// The leave for exactly what waits in this plan.
fn approved(keys: ApprovedKeys, plan: &Plan) -> Result<Approval> {
    let waiting: Vec<&str> =
        plan.items.iter().filter(|item| item.requires_approval).map(|item| item.destination_key.as_str()).collect();
    let keys = match keys {
        ApprovedKeys::All => waiting.into_iter().map(str::to_owned).collect(),
        ApprovedKeys::Only(keys) => {
            if let Some(unknown) = keys.iter().find(|key| !waiting.contains(&key.as_str())) {
                return Err(Error::bad_request(format!("\"{unknown}\" does not wait for approval in this plan")));
            }
            keys
        }
    };
    Ok(Approval::keys(keys))
}

fn stale(plan_id: Uuid) -> Error {
    Error::Conflict {
        name: "PlanStale".to_owned(),
        message: "Something changed since this plan was made. Look at the new plan and apply that one.".to_owned(),
        details: Some(json!({"planId": plan_id})),
    }
}
