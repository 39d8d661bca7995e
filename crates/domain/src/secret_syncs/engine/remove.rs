//! One attempt of a run that removes: exactly what the ledger says the sync wrote at its destination, and nothing else.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicU32;

use keyferry_connectors::plan::{Action, PlanItem, Reason};
use keyferry_connectors::{FailureKind, GroupWrite, Observed};
use keyferry_db::entities::sync_ledger;
use tokio::sync::mpsc;

use super::attempt::{Ended, Spread, Work};
use super::calls::{Caller, Fate, ItemResult, UNRECORDED};
use super::group;
use super::message::{self, Problem};
use super::others::{last_values, wake_owners};
use super::recorder::Recorder;
use super::subject::connect;
use crate::error::Result;
use crate::keys::Scope;
use crate::steps::Step;

/// Makes an attempt.
///
/// # Errors
/// When the connection cannot be used, or ours is the fault.
pub(super) async fn attempt(work: &Work<'_>) -> Result<Ended> {
    let app = work.app;
    let conn = app.db.read();
    let rows = keyferry_db::sync_ledger::list(conn, work.sync_id, &work.subject.destination_id).await?;
    if rows.is_empty() {
        return Ok(Ended::default());
    }
    let (connector, credentials) = connect(app, work.subject).await?;
    app.steps.reach(Step::SourceRead);
    let scope = Scope::Project { org_id: work.subject.org_id, project_id: work.subject.project_id };
    let keys = app.keys.scope(conn, scope).await?;
    let (guard, jitter) = (work.guard(), Spread(app));
    let context = work.context(&guard, &jitter);
    // What another sync wrote too stays; only this sync's claim to it ends.
    let others = keyferry_db::sync_ledger::list_of_others(conn, &work.subject.destination_id, Some(work.sync_id)).await?;
    let of_others: HashSet<String> = others.iter().map(|(_, key)| key.clone()).collect();
    let (shared, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| of_others.contains(&row.destination_key));
    if !shared.is_empty() {
        let keys: Vec<String> = shared.iter().map(|row| row.destination_key.clone()).collect();
        wake_owners(app, work.subject.org_id, &others, &shared, &keys).await?;
        forget(work, &shared).await?;
    }
    if rows.is_empty() {
        return Ok(Ended::default());
    }
    let items: Vec<PlanItem> = rows.iter().map(deletion).collect();
    let writes: Vec<&PlanItem> = items.iter().collect();
    let recorder = Recorder {
        app,
        held: work.held,
        halt: work.halt,
        subject: work.subject,
        sync_id: work.sync_id,
        run: work.run,
        counters: work.counters,
        keys: &keys,
        source: HashMap::new(),
        of_others: &of_others,
        before: HashMap::new(),
        item_ids: HashMap::new(),
        announced: HashMap::new(),
    };
    let caller = Caller {
        connector: connector.as_ref(),
        credentials: &credentials,
        target: &work.subject.target,
        context,
        halt: work.halt,
        steps: &app.steps,
        strikes: AtomicU32::new(0),
        is_cautious: work.run.attempt > 1,
        source: HashMap::new(),
    };
    let (sender, receiver) = mpsc::channel(UNRECORDED);
    let results = if work.subject.target.group_id.is_some() {
        let observed = match connector.observe(&credentials, &work.subject.target, &context).await {
            Ok(observed) => observed,
            // With the group went everything the sync wrote into it.
            Err(failure) if failure.kind == FailureKind::TargetGone => return forget_all(work, &rows).await,
            Err(failure) => {
                return Ok(Ended { problem: Some(Problem::of_call(&failure)), failure: Some(failure), ..Ended::default() });
            }
        };
        if let Some(failure) = group::doubt(&observed, &rows, work.run) {
            return Ok(Ended { problem: Some(Problem::of_call(&failure)), reached: true, ..Ended::default() });
        }
        app.steps.reach(Step::DestinationObserved);
        if holds_any(&observed, &rows) {
            let remove = rows.iter().map(|row| row.destination_key.clone()).collect();
            let restore = group::last_written(last_values(app, work.subject, work.sync_id).await?);
            let desired = GroupWrite { remove, restore, ..GroupWrite::default() };
            tokio::join!(group::write(&caller, &observed, desired, &writes, sender), recorder.record(receiver)).1?
        } else {
            return forget_all(work, &rows).await;
        }
    } else {
        tokio::join!(caller.run(&writes, sender), recorder.record(receiver)).1?
    };
    let done = results.iter().filter(|result| matches!(result.fate, Fate::Done(_))).count();
    Ok(Ended {
        problem: problem(work, &guard, &results),
        done: u32::try_from(done).unwrap_or(u32::MAX),
        failure: work.halt.cause(),
        reached: done > 0,
        ..Ended::default()
    })
}

fn problem(work: &Work<'_>, guard: &super::lease::Guard<'_>, results: &[ItemResult<'_>]) -> Option<Problem> {
    let mut failed: Vec<(&str, String)> = Vec::new();
    let mut transient = false;
    let mut retry_after_ms = None;
    let mut unfinished = false;
    for ItemResult { item, fate, .. } in results {
        match fate {
            Fate::Done(_) => {}
            Fate::Failed(failure) => {
                let is_group = work.subject.target.group_id.is_some();
                let key = if is_group { "group_remove" } else { item.destination_key.as_str() };
                if !is_group || failed.is_empty() {
                    failed.push((key, failure.wire_message()));
                }
                transient |= failure.is_transient();
                retry_after_ms = retry_after_ms.max(failure.retry_after_ms);
                unfinished = true;
            }
            Fate::NotReached | Fate::Skipped(_) => unfinished = true,
        }
    }
    if !unfinished {
        return None;
    }
    if guard.is_over() {
        return Some(Problem::stopped());
    }
    let cause = work.halt.cause();
    let texts: Vec<(&str, &str)> = failed.iter().map(|(key, text)| (*key, text.as_str())).collect();
    let first = results.iter().find_map(|result| match &result.fate {
        Fate::Failed(failure) => Some(failure),
        _ => None,
    });
    let mut problem = match (&cause, first) {
        (Some(cause), _) => Problem::of_call(cause),
        (None, Some(failure)) => Problem { transient, ..Problem::of_call(failure) },
        (None, None) => Problem { transient, ..Problem::settings("") },
    };
    problem.retry_after_ms = problem.retry_after_ms.max(retry_after_ms);
    problem.message = message::of_keys(&texts);
    Some(problem)
}

async fn forget_all(work: &Work<'_>, rows: &[sync_ledger::Model]) -> Result<Ended> {
    forget(work, rows).await?;
    Ok(Ended { reached: true, ..Ended::default() })
}

async fn forget(work: &Work<'_>, rows: &[sync_ledger::Model]) -> Result<()> {
    let keys: Vec<String> = rows.iter().map(|row| row.destination_key.clone()).collect();
    let tx = work.app.db.begin().await?;
    if !work.held.guard(work.app, &tx).await? {
        return Err(super::recorder::lost());
    }
    keyferry_db::sync_ledger::forget(&tx, work.sync_id, &work.subject.destination_id, &keys).await?;
    tx.commit().await?;
    Ok(())
}

fn holds_any(observed: &Observed, rows: &[sync_ledger::Model]) -> bool {
    let there: HashSet<&str> = observed.variables.iter().map(|variable| variable.key.as_str()).collect();
    rows.iter().any(|row| there.contains(row.destination_key.as_str()))
}

fn deletion(row: &sync_ledger::Model) -> PlanItem {
    PlanItem {
        secret_key: Some(row.secret_key.clone()),
        destination_key: row.destination_key.clone(),
        action: Action::Delete,
        reason: Reason::NotInSource,
        requires_approval: false,
        secret_version: row.secret_version,
        before: None,
        after: None,
        renamed_from: None,
        verified_by: None,
        fingerprint: None,
        owned: true,
    }
}
