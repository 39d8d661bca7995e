//! Plans: what a run would do, shown before it does it. A plan is stored without any value and can be applied as long as nothing
//! moved: its digest covers every item and the fingerprint of every value.

mod apply;
mod create;
mod get;
mod read;

pub use apply::apply;
pub use create::{create_for_sync, create_unsaved};
pub use get::get;
pub use keyferry_connectors::plan::{Action, Counts, Flags, PlanItem, Reason, VerifiedBy};
/// A plan as it is stored.
pub use keyferry_db::entities::sync_plans::Model as StoredPlan;
pub use read::{PlanContent, read};

use std::collections::BTreeSet;

use keyferry_connectors::plan::Plan;
use keyferry_connectors::{Observed, Priority};
use keyferry_db::WriteTx;
use keyferry_db::entities::sync_plans;
use serde::Serialize;
use uuid::Uuid;

use super::engine::{Decided, Others, PlanWarning, Prepared, Subject, decide, prepare};
use crate::app::App;
use crate::app_connections::RequestCall;
use crate::caller::Actor;
use crate::error::{Error, Result};

/// How long a plan is kept.
pub(super) const LIFETIME_MS: i64 = 24 * 60 * 60_000;

/// A row of a plan.
#[expect(clippy::too_many_arguments, reason = "each is a column")]
pub(super) fn row(
    app: &App,
    org_id: Uuid,
    project_id: Uuid,
    sync_id: Option<Uuid>,
    request_digest: Option<String>,
    plan: &Plan,
    warnings: &[PlanWarning],
    actor: &Actor,
) -> Result<sync_plans::Model> {
    let now_ms = app.now_ms();
    Ok(sync_plans::Model {
        id: app.ids.v7(now_ms),
        org_id,
        project_id,
        sync_id,
        digest: plan.digest(),
        request_digest,
        items: json(&plan.items)?,
        counts: json(&plan.counts())?,
        warnings: json(&warnings)?,
        actor_type: actor.kind().to_owned(),
        actor_id: actor.id(),
        created_at_ms: now_ms,
        expires_at_ms: now_ms + LIFETIME_MS,
    })
}

/// Whether a plan also looks at what surrounds its target, which costs calls of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// For people who read the plan.
    Around,
    /// To compare it with another.
    Straight,
}

/// Reads both sides and decides, as a run would now. Makes calls, so never inside a transaction.
async fn compute(app: &App, subject: &Subject, priority: Priority, look: Look) -> Result<Decided> {
    let prepared = prepare(app, subject, false).await?;
    let call = RequestCall::new(app, priority);
    let observed = match prepared.connector.observe(&prepared.credentials, &subject.target, &call.context()).await {
        Ok(observed) => observed,
        Err(_) if call.gave_up() => {
            return Err(Error::bad_request("The rate limit of this API key is used up for now. Try again in a minute."));
        }
        Err(failure) => return Err(Error::bad_request(failure.message)),
    };
    let conn = app.db.read();
    let rows = match subject.sync_id {
        Some(id) => keyferry_db::sync_ledger::list(conn, id, &subject.destination_id).await?,
        None => Vec::new(),
    };
    let others = Others::load(app, subject).await?.with_neighbours(app, subject, &prepared).await?;
    let mut decided = decide(&prepared, &observed, &rows, &others);
    if look == Look::Around {
        decided.warnings.extend(surroundings(&prepared, subject, &observed, &decided.plan, &call).await);
    }
    Ok(decided)
}

/// What bears on the plan's variables from outside the target. A plan is still a plan without it.
async fn surroundings(
    prepared: &Prepared,
    subject: &Subject,
    observed: &Observed,
    plan: &Plan,
    call: &RequestCall,
) -> Vec<PlanWarning> {
    let stays = |action: Action| action.puts_value() || action == Action::Unchanged;
    let keys: BTreeSet<&str> =
        plan.items.iter().filter(|item| stays(item.action)).map(|item| item.destination_key.as_str()).collect();
    let connector = &prepared.connector;
    match connector.surroundings(&prepared.credentials, &subject.target, observed, &keys, &call.context()).await {
        Ok(warnings) => warnings.iter().map(PlanWarning::from).collect(),
        Err(failure) => vec![PlanWarning {
            code: "surroundings_unknown",
            message: format!("Whether other variables of the account hide these could not be found out: {}", failure.message),
        }],
    }
}

/// Stores a plan and forgets those that ended.
async fn store(app: &App, tx: &WriteTx, row: sync_plans::Model) -> Result<()> {
    keyferry_db::sync_plans::delete_expired(tx, row.project_id, app.now_ms()).await?;
    keyferry_db::insert(tx, row).await?;
    Ok(())
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}
