//! The plan with what only the database knows: the ledger, other syncs at the same destination, and the breaker.

use std::collections::{HashMap, HashSet};

use keyferry_connectors::plan::{Action, Plan, Reason, breaker, plan};
use keyferry_connectors::{Observed, Warning};
use keyferry_db::entities::sync_ledger;
use serde::Serialize;
use uuid::Uuid;

use super::subject::Prepared;
use crate::secret_syncs::ledger;

/// Something the user should know about a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::secret_syncs) struct PlanWarning {
    pub(in crate::secret_syncs) code: &'static str,
    pub(in crate::secret_syncs) message: String,
}

impl From<&Warning> for PlanWarning {
    fn from(warning: &Warning) -> Self {
        Self { code: warning.code(), message: warning.to_string() }
    }
}

/// What is decided.
pub(in crate::secret_syncs) struct Decided {
    pub(in crate::secret_syncs) plan: Plan,
    pub(in crate::secret_syncs) warnings: Vec<PlanWarning>,
    /// Keys that another sync wrote last.
    pub(in crate::secret_syncs) foreign: HashSet<String>,
}

/// Decides what a run does; the preview decides with the same function. `others` are the keys of other syncs at the
/// destination.
pub(in crate::secret_syncs) fn decide(
    prepared: &Prepared,
    observed: &Observed,
    rows: &[sync_ledger::Model],
    others: &[(Uuid, String)],
) -> Decided {
    let entries: Vec<_> = rows.iter().map(ledger::entry).collect();
    let mut plan = plan(&prepared.source, &observed.variables, &entries, &prepared.options);
    let own: HashSet<&str> = rows.iter().map(|row| row.destination_key.as_str()).collect();
    let foreign: HashSet<String> = others.iter().map(|(_, key)| key).filter(|key| !own.contains(key.as_str())).cloned().collect();

    // What another sync wrote is neither unmanaged nor ours to delete.
    for item in plan.items.iter_mut().filter(|item| item.action == Action::Delete && foreign.contains(&item.destination_key)) {
        item.action = Action::Keep;
        item.reason = Reason::Unmanaged;
        item.requires_approval = false;
        item.after = item.before;
    }
    hold_deletions_on_damage(&mut plan);
    if let Some(rule) = &prepared.breaker {
        let owned = rows.iter().filter(|row| ledger::is_confirmed(row)).count();
        let held: HashSet<String> = breaker(&plan, owned, rule).into_iter().collect();
        for item in plan.items.iter_mut().filter(|item| item.action == Action::Delete && held.contains(&item.destination_key)) {
            item.requires_approval = true;
        }
    }
    // A list that shows nothing at all, or one whose pages may have shifted, is no proof that a variable is gone.
    if observed.variables.is_empty() || observed.pages > 1 {
        plan.forgotten.clear();
    }
    let warnings = warnings(prepared, observed, &plan, &foreign);
    Decided { plan, warnings, foreign }
}

/// A stored value that does not decrypt means that the source cannot be trusted to be whole: nothing is deleted.
fn hold_deletions_on_damage(plan: &mut Plan) {
    if !plan.items.iter().any(|item| item.action == Action::Blocked && item.reason == Reason::Unreadable) {
        return;
    }
    for item in &mut plan.items {
        item.renamed_from = None;
        if item.action == Action::Delete {
            item.action = Action::Keep;
            item.reason = Reason::Unreadable;
            item.requires_approval = false;
            item.after = item.before;
        }
    }
    plan.forgotten.clear();
}

fn warnings(prepared: &Prepared, observed: &Observed, plan: &Plan, foreign: &HashSet<String>) -> Vec<PlanWarning> {
    let mut warnings: Vec<PlanWarning> = observed.warnings.iter().map(PlanWarning::from).collect();
    for item in plan.items.iter().filter(|item| item.action.puts_value()) {
        warnings.extend(prepared.connector.key_warning(&item.destination_key).as_ref().map(PlanWarning::from));
        if foreign.contains(&item.destination_key) {
            warnings.push(PlanWarning {
                code: "written_by_another_sync",
                message: format!(
                    "Another sync writes {} at this destination too; whichever runs last wins.",
                    item.destination_key
                ),
            });
        }
    }
    warnings
}

/// Destination keys on which several secrets end, with their folders.
pub(super) fn conflicts(plan: &Plan, folders: &HashMap<String, Vec<String>>) -> Vec<(String, Vec<String>)> {
    let mut keys: Vec<&str> = plan
        .items
        .iter()
        .filter(|item| item.action == Action::Blocked && item.reason == Reason::KeyConflict)
        .map(|item| item.destination_key.as_str())
        .collect();
    keys.dedup();
    keys.into_iter().map(|key| (key.to_owned(), folders.get(key).cloned().unwrap_or_default())).collect()
}
