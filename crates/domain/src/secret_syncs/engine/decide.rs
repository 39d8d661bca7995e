//! The plan with what only the database knows: the ledger, other syncs at the same destination, and the breaker.

use std::collections::{BTreeMap, HashMap, HashSet};

use keyferry_connectors::plan::{Action, Plan, Reason, breaker, plan};
use keyferry_connectors::{Observed, Warning, named_keys};
use keyferry_db::entities::sync_ledger;
use serde::Serialize;
use uuid::Uuid;

use super::others::Others;
use super::subject::Prepared;
use crate::secret_syncs::ledger;
use crate::secret_syncs::overlaps::Neighbour;

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
    /// Keys that other syncs wrote, this one too or not.
    pub(in crate::secret_syncs) of_others: HashSet<String>,
    /// Keys that would be deleted, did not another sync write them too: only this sync's claim to them ends. Part of the plan's
    /// `forgotten`.
    pub(in crate::secret_syncs) released: Vec<String>,
}

/// Decides what a run does; the preview decides with the same function.
pub(in crate::secret_syncs) fn decide(
    prepared: &Prepared,
    observed: &Observed,
    rows: &[sync_ledger::Model],
    others: &Others,
) -> Decided {
    let entries: Vec<_> = rows.iter().map(ledger::entry).collect();
    let mut plan = plan(&prepared.source, &observed.variables, &entries, &prepared.options);
    let own: HashSet<&str> = rows.iter().map(|row| row.destination_key.as_str()).collect();
    let of_others: HashSet<String> = others.keys.iter().map(|(_, key)| key.clone()).collect();

    hold_deletions_on_damage(&mut plan);
    // What another sync wrote is neither unmanaged nor ours to delete, even when we wrote it too.
    let mut released = Vec::new();
    for item in plan.items.iter_mut().filter(|item| item.action == Action::Delete && of_others.contains(&item.destination_key)) {
        if own.contains(item.destination_key.as_str()) {
            released.push(item.destination_key.clone());
        }
        item.action = Action::Keep;
        item.reason = Reason::Unmanaged;
        item.requires_approval = false;
        item.after = item.before;
        item.owned = false;
    }
    for item in &mut plan.items {
        if item.renamed_from.as_ref().is_some_and(|old| released.contains(old)) {
            item.renamed_from = None;
        }
    }
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
    plan.forgotten.extend(released.iter().cloned());
    let warnings = warnings(prepared, observed, &plan, others);
    Decided { plan, warnings, of_others, released }
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

fn warnings(prepared: &Prepared, observed: &Observed, plan: &Plan, others: &Others) -> Vec<PlanWarning> {
    let mut warnings: Vec<PlanWarning> = observed.warnings.iter().map(PlanWarning::from).collect();
    for neighbour in &others.neighbours {
        warnings.push(PlanWarning {
            code: "overlapping_sync",
            message: format!(
                "{} writes to this destination too, and its keys can be the same; whichever runs last wins those.",
                named(prepared, neighbour)
            ),
        });
    }
    let owners: HashMap<&str, Uuid> = others.keys.iter().map(|(owner, key)| (key.as_str(), *owner)).collect();
    let mut theirs: BTreeMap<Uuid, Vec<&str>> = BTreeMap::new();
    for item in &plan.items {
        let key = item.destination_key.as_str();
        if item.action.puts_value() || item.action == Action::Unchanged {
            warnings.extend(prepared.connector.key_warning(key).as_ref().map(PlanWarning::from));
        }
        if item.action.puts_value()
            && let Some(owner) = owners.get(key)
        {
            theirs.entry(*owner).or_default().push(key);
        }
    }
    for (owner, keys) in theirs {
        let owner = others.neighbours.iter().find(|neighbour| neighbour.sync_id == owner);
        let owner = owner.map_or_else(|| "Another sync".to_owned(), |neighbour| named(prepared, neighbour));
        warnings.push(PlanWarning {
            code: "written_by_another_sync",
            message: format!("{owner} writes {} at this destination too; whichever runs last wins.", named_keys(&keys)),
        });
    }
    warnings
}

/// A sync by its name; one of another project by that project's id, as the duplicate check tells it.
fn named(prepared: &Prepared, neighbour: &Neighbour) -> String {
    if neighbour.project_id == prepared.project_id {
        format!("The sync \"{}\"", neighbour.name)
    } else {
        format!("A sync of the project {}", neighbour.project_id)
    }
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
