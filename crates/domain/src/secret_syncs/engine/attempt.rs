//! One attempt of a run that pushes: source, observed, plan, calls.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use keyferry_connectors::plan::{Action, Counts, ObservedVariable, Plan, PlanItem, Reason, SourceKey};
use keyferry_connectors::{CallContext, CallCounters, Failure, Jitter, Observed, Priority, Whose};
use keyferry_db::entities::{sync_run_items, sync_runs};
use keyferry_jobs::LeaseWatch;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::calls::{Caller, Fate, ItemResult, UNRECORDED};
use super::decide::{Decided, PlanWarning, conflicts, decide};
use super::group;
use super::lease::{Guard, Halt, Held};
use super::message::{self, Problem};
use super::others::{Others, last_values, wake_owners};
use super::recorder::{self, Recorder};
use super::subject::{Prepared, Subject, prepare};
use crate::app::App;
use crate::error::Result;
use crate::secret_syncs::trigger::{Approval, ApprovedKeys, Trigger};
use crate::steps::Step;

/// With more writes than this, one goes first and alone: a key that may not write is found out by one refusal, not by ten.
const UNPROVEN_WRITES: usize = 2;

/// A run at work.
pub(super) struct Work<'a> {
    pub(super) app: &'a App,
    pub(super) subject: &'a Subject,
    pub(super) sync_id: Uuid,
    pub(super) run: &'a sync_runs::Model,
    pub(super) held: &'a Held,
    pub(super) job: &'a LeaseWatch,
    pub(super) halt: &'a Halt,
    pub(super) counters: &'a CallCounters,
}

impl<'a> Work<'a> {
    /// What is asked before every call.
    pub(super) fn guard(&self) -> Guard<'a> {
        Guard { app: self.app, held: self.held, job: self.job, halt: self.halt }
    }

    /// What every call is made under.
    pub(super) fn context<'b>(&'b self, guard: &'b Guard<'b>, jitter: &'b Spread<'b>) -> CallContext<'b> {
        let priority = match Trigger::parse(&self.run.trigger) {
            Trigger::Change => Priority::Change,
            Trigger::Retry => Priority::Drift,
            _ => Priority::Manual,
        };
        CallContext { budget: self.app.budget.as_ref(), guard, priority, counters: self.counters, jitter }
    }
}

/// The application's jitter, as connectors take it.
pub(super) struct Spread<'a>(pub(super) &'a App);

impl Jitter for Spread<'_> {
    fn up_to(&self, ceiling: Duration) -> Duration {
        ceiling.mul_f64(self.0.ids.jitter().clamp(0.0, 1.0))
    }
}

/// How an attempt ended.
#[derive(Default)]
pub(super) struct Ended {
    /// None when everything is as it should be.
    pub(super) problem: Option<Problem>,
    /// Writes confirmed in this attempt.
    pub(super) done: u32,
    /// The plan's counts; none when there was no plan.
    pub(super) counts: Option<Counts>,
    /// What waits for a yes; none when that was not found out.
    pub(super) waiting: Option<Waiting>,
    /// What the answers say about the connection.
    pub(super) failure: Option<Failure>,
    /// The destination answered, so the connection works.
    pub(super) reached: bool,
}

/// Deletions that wait for a yes.
#[derive(Default)]
pub(super) struct Waiting {
    pub(super) count: u32,
    /// What remains to be done, the run being over.
    pub(super) rest: Option<(Plan, Vec<PlanWarning>)>,
}

/// Makes an attempt.
///
/// # Errors
/// When the settings do not allow a run, or ours is the fault.
pub(super) async fn attempt(work: &Work<'_>) -> Result<Ended> {
    let app = work.app;
    let force = Trigger::parse(&work.run.trigger) == Trigger::Force;
    let prepared = prepare(app, work.subject, force).await?;
    app.steps.reach(Step::SourceRead);
    let (guard, jitter) = (work.guard(), Spread(app));
    let context = work.context(&guard, &jitter);

    let observed = match prepared.connector.observe(&prepared.credentials, &work.subject.target, &context).await {
        Ok(observed) => observed,
        Err(failure) => {
            return Ok(Ended { problem: Some(Problem::of_call(&failure)), failure: Some(failure), ..Ended::default() });
        }
    };
    app.steps.reach(Step::DestinationObserved);
    let conn = app.db.read();
    let rows = keyferry_db::sync_ledger::list(conn, work.sync_id, &work.subject.destination_id).await?;
    if let Some(failure) = group::doubt(&observed, &rows, work.run) {
        return Ok(Ended { problem: Some(Problem::of_call(&failure)), reached: true, ..Ended::default() });
    }
    let others = Others::load(app, work.subject).await?;
    let decided = decide(&prepared, &observed, &rows, &others);
    let (approval, approved) = approved(work.run, &decided.plan);
    let is_held = |item: &PlanItem| item.requires_approval && !approved.contains(item.destination_key.as_str());
    let writes: Vec<&PlanItem> = decided.plan.items.iter().filter(|item| item.action.is_write() && !is_held(item)).collect();
    let waiting = decided.plan.items.iter().filter(|item| item.action.is_write() && is_held(item)).count();

    let item_ids = if work.run.attempt > 1 { existing_items(work, &observed).await? } else { HashMap::new() };
    let source: HashMap<&str, &SourceKey> = prepared.source.iter().map(|key| (key.destination_key.as_str(), key)).collect();
    let mut recorder = Recorder {
        app,
        held: work.held,
        halt: work.halt,
        subject: work.subject,
        sync_id: work.sync_id,
        run: work.run,
        counters: work.counters,
        keys: &prepared.keys,
        source: source.clone(),
        of_others: &decided.of_others,
        before: rows.iter().map(|row| (row.destination_key.as_str(), row)).collect(),
        item_ids,
        announced: HashMap::new(),
    };
    // Before this sync's claim ends, so that a crash in between costs the owners an idle run and no value.
    wake_owners(app, work.subject.org_id, &others.keys, &rows, &decided.released).await?;
    recorder.announce(&decided, &writes, &observed, approval.as_ref()).await?;

    let caller = Caller {
        connector: prepared.connector.as_ref(),
        credentials: &prepared.credentials,
        target: &work.subject.target,
        context,
        halt: work.halt,
        steps: &app.steps,
        strikes: AtomicU32::new(0),
        is_cautious: work.run.attempt > 1 || writes.len() > UNPROVEN_WRITES,
        source,
    };
    let results = if writes.is_empty() {
        Vec::new()
    } else if work.subject.target.group_id.is_some() {
        let of_others = last_values(app, work.subject, work.sync_id).await?;
        let desired = group::desired(&decided.plan.items, &writes, &caller.source, &rows, of_others, &prepared.keys)?;
        let (sender, receiver) = mpsc::channel(UNRECORDED);
        tokio::join!(group::write(&caller, &observed, desired, &writes, sender), recorder.record(receiver)).1?
    } else {
        let (sender, receiver) = mpsc::channel(UNRECORDED);
        tokio::join!(caller.run(&writes, sender), recorder.record(receiver)).1?
    };

    let problem = problem(work, &guard, &prepared, &decided, &results);
    let rest = if waiting > 0 {
        let rows = keyferry_db::sync_ledger::list(conn, work.sync_id, &work.subject.destination_id).await?;
        let others = others.with_neighbours(app, work.subject, &prepared).await?;
        let after = decide(&prepared, &observed_after(&observed, &results), &rows, &others);
        Some((after.plan, after.warnings))
    } else {
        None
    };
    Ok(Ended {
        problem,
        done: u32::try_from(results.iter().filter(|result| matches!(result.fate, Fate::Done(_))).count()).unwrap_or(u32::MAX),
        counts: Some(decided.plan.counts()),
        waiting: Some(Waiting { count: u32::try_from(waiting).unwrap_or(u32::MAX), rest }),
        failure: work.halt.cause(),
        reached: true,
    })
}

/// The keys that the run has leave for, and the leave to store when it was settled only now.
fn approved(run: &sync_runs::Model, plan: &Plan) -> (Option<Approval>, HashSet<String>) {
    let Some(approval) = run.approved.as_deref().and_then(Approval::parse) else { return (None, HashSet::new()) };
    let holds = approval.digest.as_ref().is_none_or(|digest| *digest == plan.digest());
    let keys: Vec<String> = match &approval.keys {
        _ if !holds => Vec::new(),
        ApprovedKeys::Only(keys) => keys.clone(),
        ApprovedKeys::All => {
            plan.items.iter().filter(|item| item.requires_approval).map(|item| item.destination_key.clone()).collect()
        }
    };
    // What a leave means is settled by the first plan of the run: a later attempt has another one.
    let settled = Approval::keys(keys.clone());
    ((settled != approval).then_some(settled), keys.into_iter().collect())
}

/// What earlier attempts of the run left. A deletion that was about to be sent, of a variable that is gone now, counts as done.
async fn existing_items(work: &Work<'_>, observed: &Observed) -> Result<HashMap<String, Uuid>> {
    let there: HashSet<&str> = observed.variables.iter().map(|variable| variable.key.as_str()).collect();
    let left = keyferry_db::sync_runs::items(work.app.db.read(), work.run.id).await?;
    let is_gone = |item: &sync_run_items::Model| {
        item.action == Action::Delete.as_str()
            && item.outcome == recorder::NOT_REACHED
            && !there.contains(item.destination_key.as_str())
    };
    let mut gone: Vec<_> = left.into_iter().filter(is_gone).collect();
    for item in &mut gone {
        recorder::DONE.clone_into(&mut item.outcome);
        item.ended_at_ms = work.app.now_ms();
    }
    let tx = work.app.db.begin().await?;
    keyferry_db::sync_runs::save_items(&tx, gone).await?;
    keyferry_db::sync_runs::reset_items(&tx, work.run.id).await?;
    tx.commit().await?;
    let items = keyferry_db::sync_runs::items(work.app.db.read(), work.run.id).await?;
    Ok(items.into_iter().map(|item| (item.destination_key, item.id)).collect())
}

/// Why not everything is as it should be, in one message.
fn problem(
    work: &Work<'_>,
    guard: &Guard<'_>,
    prepared: &Prepared,
    decided: &Decided,
    results: &[ItemResult<'_>],
) -> Option<Problem> {
    let conflicts = conflicts(&decided.plan, &prepared.folders);
    let mut failed: Vec<(&str, String, Option<&Failure>)> = decided
        .plan
        .items
        .iter()
        .filter(|item| item.action == Action::Blocked)
        .map(|item| (item.destination_key.as_str(), message::of_blocked(item.reason).to_owned(), None))
        .collect();
    let mut not_reached = false;
    for ItemResult { item, fate, .. } in results {
        match fate {
            Fate::Failed(failure) => failed.push((&item.destination_key, failure.wire_message(), Some(failure))),
            Fate::NotReached => not_reached = true,
            Fate::Done(_) | Fate::Skipped(_) => {}
        }
    }
    if failed.is_empty() && !not_reached {
        return None;
    }
    if guard.is_over() {
        return Some(Problem::stopped());
    }
    // The call that ended the attempt explains it best; then what may pass; then the rest, by key.
    let cause = work.halt.cause();
    failed.sort_by_key(|(key, _, failure)| {
        let rank = match failure {
            Some(failure) if failure.stops_the_run() => 0,
            Some(failure) if !failure.is_transient() => 1,
            Some(_) => 2,
            None => 3,
        };
        (rank, (*key).to_owned())
    });
    // The write of a group is one call about all keys (contract "connections and syncs", section 5.2).
    let of_group = failed.iter().find(|(_, _, failure)| failure.is_some() && work.subject.target.group_id.is_some());
    let texts: Vec<(&str, &str)> = match of_group {
        Some((_, text, _)) => vec![("group_update", text.as_str())],
        None => failed.iter().map(|(key, text, _)| (*key, text.as_str())).collect(),
    };
    let plain = match (of_group, failed.is_empty()) {
        (Some((_, _, failure)), _) => failure.map(|failure| failure.message.clone()),
        (None, true) => cause.as_ref().map(|cause| cause.message.clone()),
        (None, false) => {
            let texts: Vec<(&str, &str)> =
                failed.iter().map(|(key, text, failure)| (*key, failure.map_or(text.as_str(), |f| &f.message))).collect();
            Some(message::plain_of_keys(&texts))
        }
    };
    let text = if texts.is_empty() {
        cause.as_ref().map_or_else(|| "Stopped before the end.".to_owned(), |cause| message::cut(&cause.wire_message()))
    } else if conflicts.is_empty() || results.iter().any(|result| matches!(result.fate, Fate::Failed(_))) {
        message::of_keys(&texts)
    } else {
        message::of_conflicts(&conflicts)
    };
    let stops = cause.as_ref().is_some_and(Failure::stops_the_run);
    let calls = failed.iter().filter_map(|(_, _, failure)| *failure);
    let is_damaged = decided.plan.items.iter().any(|item| item.action == Action::Blocked && item.reason == Reason::Unreadable);
    let of_source = if is_damaged { Whose::Ours } else { Whose::Settings };
    let whose = cause.as_ref().map(Failure::whose).or_else(|| calls.clone().next().map(Failure::whose)).unwrap_or(of_source);
    Some(Problem {
        plain: plain.filter(|_| conflicts.is_empty()),
        message: text,
        whose,
        transient: !stops && (cause.is_some() || calls.clone().any(Failure::is_transient)),
        retry_after_ms: calls.filter_map(|failure| failure.retry_after_ms).max(),
        stopped: false,
    })
}

/// What the destination holds after the calls, as far as they were confirmed.
fn observed_after(before: &Observed, results: &[ItemResult<'_>]) -> Observed {
    let mut variables: HashMap<&str, ObservedVariable> =
        before.variables.iter().map(|variable| (variable.key.as_str(), variable.clone())).collect();
    for ItemResult { item, fate, .. } in results {
        if !matches!(fate, Fate::Done(_)) {
            continue;
        }
        let key = item.destination_key.as_str();
        if item.action == Action::Delete {
            variables.remove(key);
        } else {
            let written = ObservedVariable { key: key.to_owned(), value: None, secret: true, locked: true };
            variables.insert(key, written);
        }
    }
    Observed { variables: variables.into_values().collect(), pages: before.pages, warnings: before.warnings.clone(), group: None }
}
