//! The end of an attempt: the run's record, the sync's state, the audit row and the next job, in one transaction.

use keyferry_connectors::{CallCounters, FailureKind};
use keyferry_db::WriteTx;
use keyferry_db::entities::{secret_syncs, sync_plans, sync_runs};
use keyferry_jobs::LeaseWatch;
use serde_json::{Value, json};
use uuid::Uuid;

use super::announce;
use super::attempt::{Ended, Waiting};
use super::measure;
use super::message::Problem;
use super::recorder::{self, progress};
use super::retry;
use super::run::{Due, Next, Started, due};
use crate::app::App;
use crate::app_connections::{self, Health};
use crate::audit::{self, Event};
use crate::caller::{Actor, Caller, Origin};
use crate::error::Result;
use crate::secret_syncs::plans;
use crate::secret_syncs::status::{FAILED, KIND_REMOVE, KIND_SYNC, PENDING, RUNNING, SUCCEEDED};
use crate::secret_syncs::trigger::{self, Trigger};
use crate::steps::Step;

/// Runs of a sync that are kept.
const KEEP_RUNS: u64 = 200;
/// A run that goes on for longer than this is tried no more than any other.
const LONG_RUN_MS: i64 = 60 * 60_000;

/// Writes how an attempt ended.
///
/// # Errors
/// When the database does not answer, or the leases went to somebody else: then nothing is written.
pub(super) async fn finish(
    app: &App,
    kind: &'static str,
    started: Started,
    ended: Ended,
    counters: &CallCounters,
    job: &LeaseWatch,
) -> Result<Next> {
    let Started { sync: before, mut run, held, .. } = started;
    let tx = app.db.begin().await?;
    let now_ms = app.now_ms();
    let Some(mut sync) = keyferry_db::secret_syncs::lock(&tx, before.id).await? else {
        // Deleted meanwhile, its rows with it.
        held.release(&tx).await?;
        tx.commit().await?;
        return Ok(Next::Done);
    };
    if !held.guard(app, &tx).await? {
        return Err(recorder::lost());
    }
    // What was asked for during the run may have been written into its row only between attempts, so the row is ours.
    (run.calls, run.waited_ms) = progress(&run, counters);
    if ended.done > 0 && may_count_anew(&run, now_ms) {
        // An attempt that got somewhere begins the count anew: a long load is not given up for a few hiccups.
        run.attempt = 1;
    }
    if ended.counts.is_some() || kind == KIND_REMOVE {
        run.counts = counts(&tx, &run, &ended).await?.to_string();
    }
    record_health(app, &tx, &sync, &ended).await?;

    let stopped = job.is_stopping() || ended.problem.as_ref().is_some_and(|problem| problem.stopped);
    let mut next = Next::Done;
    let mut audited = None;
    match &ended.problem {
        Some(_) if stopped => {
            run.attempt = (run.attempt - 1).max(0);
            next = Next::Stopped;
        }
        Some(problem) => {
            audited = Some((FAILED, Some(problem.message.clone())));
            fail(app, &tx, kind, &mut sync, &mut run, problem).await?;
        }
        None => {
            audited = Some((SUCCEEDED, None));
            succeed(kind, &mut sync, &mut run, now_ms);
        }
    }
    let is_over = run.status != RUNNING;
    let waited_before = sync.pending_count > 0;
    if is_over
        && kind == KIND_SYNC
        && let Some(waiting) = &ended.waiting
    {
        keep_waiting(app, &tx, &mut sync, &mut run, waiting).await?;
    }
    if is_over {
        announce::ended(app, &tx, &sync, &run, waited_before).await?;
    }
    sync.updated_at_ms = now_ms;
    if let Some((status, message)) = audited {
        audit_run(app, &tx, kind, &sync, &run, status, message).await?;
    }
    let deletes_sync = is_over && kind == KIND_REMOVE && run.status == SUCCEEDED && run.delete_sync_on_success;
    if deletes_sync {
        keyferry_db::delete(&tx, sync.clone()).await?;
    } else {
        keyferry_db::update(&tx, run.clone()).await?;
        if is_over {
            keyferry_db::sync_runs::prune(&tx, sync.id, KEEP_RUNS).await?;
        }
        if next != Next::Stopped {
            next = match due(&tx, sync.id, kind, now_ms).await? {
                Due::Nothing => Next::Done,
                Due::Later(at_ms) => Next::At(at_ms),
                Due::Now(other) => {
                    if is_over && other.id != run.id && kind == KIND_SYNC {
                        // A newer change is about to go out: what was pushed is not the last word.
                        sync.sync_status = Some(PENDING.to_owned());
                    }
                    Next::At(now_ms)
                }
            };
        }
        keyferry_db::secret_syncs::save_state(&tx, &sync).await?;
    }
    held.release(&tx).await?;
    wake_next(app, &tx, &sync, now_ms).await?;
    app.steps.reach(Step::RecordWriting);
    tx.commit().await?;
    app.steps.reach(Step::RecordWritten);
    if next != Next::Stopped {
        measure::ended(kind, &run);
    }
    app.queue.wake();
    Ok(next)
}

/// Writing everything again is no progress, nor is a run that goes on for hours.
fn may_count_anew(run: &sync_runs::Model, now_ms: i64) -> bool {
    let since_ms = now_ms - run.started_at_ms.unwrap_or(now_ms);
    Trigger::parse(&run.trigger) != Trigger::Force && since_ms < LONG_RUN_MS
}

fn succeed(kind: &str, sync: &mut secret_syncs::Model, run: &mut sync_runs::Model, now_ms: i64) {
    SUCCEEDED.clone_into(&mut run.status);
    run.ended_at_ms = Some(now_ms);
    run.message = None;
    if kind == KIND_REMOVE {
        sync.remove_status = Some(SUCCEEDED.to_owned());
        sync.last_remove_job_id = Some(run.id.to_string());
        sync.last_remove_message = None;
        sync.last_removed_at_ms = Some(now_ms);
    } else {
        sync.sync_status = Some(SUCCEEDED.to_owned());
        sync.last_sync_job_id = Some(run.id.to_string());
        sync.last_sync_message = None;
        sync.last_synced_at_ms = Some(now_ms);
        sync.attempt = 0;
        sync.next_retry_at_ms = None;
        sync.failing_since_ms = None;
    }
}

async fn fail(
    app: &App,
    tx: &WriteTx,
    kind: &str,
    sync: &mut secret_syncs::Model,
    run: &mut sync_runs::Model,
    problem: &Problem,
) -> Result<()> {
    let now_ms = app.now_ms();
    let trigger = Trigger::parse(&run.trigger);
    run.message = Some(problem.for_people());
    if problem.transient && trigger != Trigger::Retry && run.attempt < retry::QUICK_ATTEMPTS {
        let pause = retry::quick_pause_ms(run.attempt, problem.retry_after_ms, app.ids.jitter());
        run.next_retry_at_ms = Some(now_ms + pause);
        return Ok(());
    }
    FAILED.clone_into(&mut run.status);
    run.ended_at_ms = Some(now_ms);
    if kind == KIND_REMOVE {
        sync.remove_status = Some(FAILED.to_owned());
        sync.last_remove_job_id = Some(run.id.to_string());
        sync.last_remove_message = Some(problem.message.clone());
        return Ok(());
    }
    sync.sync_status = Some(FAILED.to_owned());
    sync.last_sync_job_id = Some(run.id.to_string());
    sync.last_sync_message = Some(problem.message.clone());
    sync.next_retry_at_ms = None;
    if !problem.transient {
        sync.attempt = 0;
        sync.failing_since_ms = None;
        return Ok(());
    }
    let failing_since_ms = *sync.failing_since_ms.get_or_insert(now_ms);
    let tries = if trigger == Trigger::Retry { sync.attempt + 1 } else { 0 };
    sync.attempt = tries;
    let at_ms = retry::background_at_ms(now_ms, failing_since_ms, tries, problem.retry_after_ms, app.ids.jitter());
    run.next_retry_at_ms = at_ms;
    sync.next_retry_at_ms = at_ms;
    if let Some(at_ms) = at_ms {
        let waits = keyferry_db::sync_runs::open(tx, sync.id, KIND_SYNC).await?.iter().any(|other| other.id != run.id);
        if !waits {
            let platform = Caller::platform(sync.org_id);
            let mut again = trigger::new_run(app, sync, KIND_SYNC, Trigger::Retry, &platform, now_ms);
            again.next_retry_at_ms = Some(at_ms);
            keyferry_db::insert(tx, again).await?;
        }
    }
    Ok(())
}

/// Keeps a plan of what waits for a yes; one that says the same as before stays the same plan.
async fn keep_waiting(
    app: &App,
    tx: &WriteTx,
    sync: &mut secret_syncs::Model,
    run: &mut sync_runs::Model,
    waiting: &Waiting,
) -> Result<()> {
    sync.pending_count = i32::try_from(waiting.count).unwrap_or(i32::MAX);
    let Some((plan, warnings)) = &waiting.rest else {
        sync.pending_plan_id = None;
        return Ok(());
    };
    let known: Option<sync_plans::Model> = match sync.pending_plan_id {
        Some(id) => keyferry_db::sync_plans::find(tx, sync.project_id, id).await?,
        None => None,
    };
    let id = match known {
        Some(mut known) if known.digest == plan.digest() => {
            known.expires_at_ms = app.now_ms() + plans::LIFETIME_MS;
            let id = known.id;
            keyferry_db::update(tx, known).await?;
            id
        }
        _ => {
            let row = plans::row(app, sync.org_id, sync.project_id, Some(sync.id), None, plan, warnings, &Actor::Platform)?;
            let id = row.id;
            keyferry_db::insert(tx, row).await?;
            id
        }
    };
    sync.pending_plan_id = Some(id);
    run.plan_id = Some(id);
    Ok(())
}

/// What was planned and what came of it, earlier attempts included.
async fn counts(tx: &WriteTx, run: &sync_runs::Model, ended: &Ended) -> Result<Value> {
    let tally = keyferry_db::sync_runs::tally(tx, run.id).await?;
    let of = |action: &str| -> i64 { tally.iter().filter(|(a, _, _)| a == action).map(|(_, _, n)| n).sum() };
    let came = |outcome: &str| -> i64 { tally.iter().filter(|(_, o, _)| o == outcome).map(|(_, _, n)| n).sum() };
    let plan = ended.counts.unwrap_or_default();
    let earlier = (came(recorder::DONE) - i64::from(ended.done)).max(0);
    Ok(json!({
        "create": of("create"), "update": of("update"), "reflag": of("reflag"), "delete": of("delete"),
        "keep": plan.keep, "unchanged": (i64::from(plan.unchanged) - earlier).max(0), "blocked": plan.blocked,
        "adopts": plan.adopts, "requiresApproval": plan.requires_approval,
        "done": came(recorder::DONE), "failed": came(recorder::OUTCOME_FAILED), "skipped": came(recorder::SKIPPED),
        "notReached": came(recorder::NOT_REACHED), "awaitingApproval": came(recorder::AWAITING),
    }))
}

/// Only news is written: a connection that worked before and works now is left alone.
async fn record_health(app: &App, tx: &WriteTx, sync: &secret_syncs::Model, ended: &Ended) -> Result<()> {
    let of_key = ended.failure.as_ref().filter(|failure| failure.kind != FailureKind::Stopped);
    let news = match of_key.and_then(|failure| Health::of_key(failure).map(|health| (health, failure))) {
        Some((health, failure)) => Some((health, Some(failure.message.clone()))),
        None if ended.reached => {
            let row = keyferry_db::app_connections::find(tx, sync.org_id, sync.connection_id).await?;
            row.filter(|row| row.health_status.as_deref() != Some(Health::Working.as_str())).map(|_| (Health::Working, None))
        }
        None => None,
    };
    if let Some((health, message)) = news {
        app_connections::record_health(app, tx, sync.connection_id, health, message.as_deref()).await?;
    }
    Ok(())
}

/// Contract "connections and syncs", section 7.2: one row an attempt, with the name of whoever asked for the run.
async fn audit_run(
    app: &App,
    tx: &WriteTx,
    kind: &str,
    sync: &secret_syncs::Model,
    run: &sync_runs::Model,
    status: &str,
    message: Option<String>,
) -> Result<()> {
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
    let mut metadata = json!({
        "syncId": sync.id, "syncOptions": json(&sync.sync_options), "destination": sync.destination,
        "destinationConfig": json(&sync.destination_config), "folderId": sync.folder_id, "connectionId": sync.connection_id,
        "jobRanAt": timestamp(run.started_at_ms.unwrap_or_else(|| app.now_ms())), "jobId": run.id.to_string(),
    });
    let (event, status_name, message_name) = if kind == KIND_REMOVE {
        ("secret-sync-remove-secrets", "removeStatus", "removeMessage")
    } else {
        ("secret-sync-sync-secrets", "syncStatus", "syncMessage")
    };
    metadata[status_name] = json!(status);
    metadata[message_name] = json!(message);
    let caller = caller_of(run, sync.org_id);
    audit::record(app, tx, &caller, Event::project(&caller, sync.project_id, event, metadata)).await
}

fn timestamp(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms)
        .map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
        .unwrap_or_default()
}

/// Who asked for a run, as far as the audit log tells it.
fn caller_of(run: &sync_runs::Model, org_id: Uuid) -> Caller {
    let metadata: Value = serde_json::from_str(&run.actor_metadata).unwrap_or(Value::Null);
    let text = |name: &str| metadata.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let actor = match (run.actor_type.as_str(), run.actor_id) {
        ("user", Some(id)) => {
            Actor::User { id, username: text("username"), email: text("email"), session_id: Uuid::nil(), is_super_admin: false }
        }
        ("identity", Some(id)) => Actor::Identity {
            id,
            name: text("name"),
            token_id: Uuid::nil(),
            auth_method: String::new(),
            is_instance_admin: false,
        },
        _ => Actor::Platform,
    };
    Caller { actor, org_id: Some(org_id), origin: Origin::default() }
}

/// Who waited for the destination goes next without sitting out its pause.
async fn wake_next(app: &App, tx: &WriteTx, sync: &secret_syncs::Model, now_ms: i64) -> Result<()> {
    let Some(next) = keyferry_db::secret_syncs::find_waiting(tx, sync.org_id, &sync.destination_id, sync.id).await? else {
        return Ok(());
    };
    let kind = if next.remove_status.as_deref() == Some(PENDING) { KIND_REMOVE } else { KIND_SYNC };
    app.queue.enqueue(tx, trigger::job(app, next.id, kind, 5, now_ms), now_ms).await?;
    Ok(())
}
