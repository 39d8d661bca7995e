//! The write of a check group: its variables are replaced as a whole, so one call carries all of them.

use std::collections::{HashMap, HashSet};

use keyferry_connectors::plan::{Action, PlanItem, SourceKey};
use keyferry_connectors::{Failure, FailureKind, GroupSnapshot, GroupWrite, Observed};
use keyferry_db::entities::{sync_ledger, sync_runs};
use secrecy::SecretString;
use tokio::sync::mpsc::Sender;

use super::calls::{Caller, Fate, ItemResult, value_of};
use crate::error::Result;
use crate::keys::ScopeKeys;
use crate::secret_syncs::ledger::{self, Freshness};
use crate::secret_syncs::trigger::Trigger;
use crate::steps::Step;

/// What the group shall hold: every value the source has, without what goes, and with the values last written, by this sync or
/// another, of variables that stay although neither side can say what they hold.
pub(super) fn desired(
    all: &[PlanItem],
    writes: &[&PlanItem],
    source: &HashMap<&str, &SourceKey>,
    rows: &[sync_ledger::Model],
    of_others: Vec<(Freshness, String, SecretString)>,
    keys: &ScopeKeys,
) -> Result<GroupWrite> {
    let removed: HashSet<&str> =
        writes.iter().filter(|item| item.action == Action::Delete).map(|item| item.destination_key.as_str()).collect();
    let set: Vec<_> = all
        .iter()
        .filter(|item| item.action.puts_value() || item.action == Action::Unchanged)
        .filter_map(|item| Some((item.destination_key.clone(), value_of(source, &item.destination_key)?.clone())))
        .collect();
    let is_set: HashSet<&str> = set.iter().map(|(key, _)| key.as_str()).collect();
    let mut known = of_others;
    for row in rows {
        if let Some(value) = ledger::open_last_value(keys, row)? {
            known.push((ledger::freshness(row), row.destination_key.clone(), value));
        }
    }
    known.retain(|(_, key, _)| !is_set.contains(key.as_str()) && !removed.contains(key.as_str()));
    let restore = last_written(known);
    let remove = removed.into_iter().map(str::to_owned).collect();
    Ok(GroupWrite { set, remove, restore })
}

/// Of each key the value written last.
pub(super) fn last_written(mut known: Vec<(Freshness, String, SecretString)>) -> Vec<(String, SecretString)> {
    known.sort_by_key(|(freshness, _, _)| *freshness);
    let last: HashMap<String, SecretString> = known.into_iter().map(|(_, key, value)| (key, value)).collect();
    last.into_iter().collect()
}

/// A group that shows nothing although the sync wrote into it was emptied by somebody, or the answer is wrong; written on a wrong
/// answer, it would lose what others keep there. The first look is not believed, the second is.
pub(super) fn doubt(observed: &Observed, rows: &[sync_ledger::Model], run: &sync_runs::Model) -> Option<Failure> {
    let is_second_look = run.attempt > 1 || Trigger::parse(&run.trigger) == Trigger::Retry;
    let is_odd = observed.group.is_some() && observed.variables.is_empty() && rows.iter().any(ledger::is_confirmed);
    let text = "Checkly shows the check group without any variable, although this sync wrote some. Nothing is done on doubt; it is \
                looked at again.";
    (is_odd && !is_second_look).then(|| Failure::new(FailureKind::Transient, text))
}

/// Writes the group and sends the same fate for every item.
pub(super) async fn write<'p>(
    caller: &Caller<'_>,
    observed: &Observed,
    desired: GroupWrite,
    writes: &[&'p PlanItem],
    results: Sender<ItemResult<'p>>,
) {
    let fate = match &observed.group {
        None => Fate::Failed(Failure::new(FailureKind::Protocol, "Checkly answered without the group that was asked for.")),
        Some(_) if caller.halt.is_set() || !caller.context.guard.may_call() => Fate::NotReached,
        Some(snapshot) => {
            let written = match is_as_read(caller, snapshot).await {
                Ok(()) => {
                    let (credentials, target, context) = (caller.credentials, caller.target, &caller.context);
                    caller.steps.reach(Step::CallDue);
                    let answer = caller.connector.write_group(credentials, target, snapshot, desired, context).await;
                    caller.steps.reach(Step::CallAnswered);
                    answer
                }
                Err(failure) => Err(failure),
            };
            match written {
                Ok(done) => Fate::Done(done),
                Err(failure) if failure.kind == FailureKind::Stopped && failure.attempts == 0 => Fate::NotReached,
                Err(failure) => {
                    if failure.stops_the_run() || failure.kind == FailureKind::RateLimited {
                        caller.halt.set(failure.clone());
                    }
                    Fate::Failed(failure)
                }
            }
        }
    };
    for item in writes.iter().copied() {
        results.send(ItemResult::new(item, fate.clone())).await.ok();
    }
}

/// A write replaces the whole group, so it is read once more just before: what somebody changed since the plan was made would be
/// lost, and is planned with instead.
async fn is_as_read(caller: &Caller<'_>, before: &GroupSnapshot) -> Result<(), Failure> {
    let now = caller.connector.observe(caller.credentials, caller.target, &caller.context).await?;
    if now.group.is_some_and(|now| now.is_like(before)) {
        return Ok(());
    }
    let text = "Somebody changed the check group while its write was prepared. Nothing was written; it is planned anew.";
    Err(Failure::new(FailureKind::Transient, text))
}
