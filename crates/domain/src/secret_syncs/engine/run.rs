//! A run from the claim of its job to its end.

use std::time::Duration;

use keyferry_connectors::CallCounters;
use keyferry_db::WriteTx;
use keyferry_db::entities::{secret_syncs, sync_runs};
use keyferry_jobs::LeaseWatch;
use uuid::Uuid;

use super::attempt::{self, Ended, Work};
use super::finish::finish;
use super::lanes::{Lanes, Place};
use super::lease::{Halt, Held};
use super::subject::Subject;
use super::{message::Problem, remove};
use crate::app::App;
use crate::error::{Error, Result};
use crate::secret_syncs::status::{self, KIND_REMOVE, KIND_SYNC, PENDING, RUNNING};
use crate::secret_syncs::trigger::Trigger;
use crate::steps::Step;

/// Pause before another look when somebody else writes to the destination; whoever ends there wakes the next one earlier.
const BUSY_PAUSE_MS: i64 = 5_000;
/// How far such pauses are spread.
const BUSY_SPREAD_MS: f64 = 2_000.0;
/// The same while too many runs of one connection are at work: their key's budget is spent, so nothing is gained sooner.
const FULL_PAUSE_MS: i64 = 15_000;
const FULL_SPREAD_MS: f64 = 15_000.0;

/// Longer than any wait between attempts, what destinations ask for included.
const LONGEST_PAUSE_MS: i64 = 2 * 3_600_000;

/// How long calls that are in flight at a stop are waited for.
const LAST_CALLS: Duration = Duration::from_millis(1_500);

/// What the job does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing is left to run.
    Done,
    /// Something is due then.
    At(i64),
    /// The run was told to stop and goes on elsewhere.
    Stopped,
}

/// A run that began.
pub(super) struct Started {
    pub(super) sync: secret_syncs::Model,
    pub(super) run: sync_runs::Model,
    pub(super) held: Held,
    _place: Option<Place>,
}

enum Start {
    Go(Box<Started>),
    Nothing,
    Later(i64),
}

/// Runs what is due for a sync: the run that was begun before, or the oldest that waits.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn run(app: &App, lanes: &Lanes, kind: &'static str, sync_id: Uuid, job: &LeaseWatch) -> Result<Next> {
    let started = match start(app, lanes, kind, sync_id).await? {
        Start::Go(started) => *started,
        Start::Nothing => return Ok(Next::Done),
        Start::Later(at_ms) => return Ok(Next::At(at_ms)),
    };
    app.steps.reach(Step::RunStarted);
    let (halt, counters) = (Halt::default(), CallCounters::default());
    let ended = {
        let work = work(app, kind, &started, job, &halt, &counters);
        tokio::select! {
            ended = work => ended,
            never = started.held.keep(app) => match never {},
            // No call begins after a stop; one that hangs, or waits for the rate budget, is left to the next run.
            () = stopped_for_good(job) => Ok(Ended { problem: Some(Problem::stopped()), ..Ended::default() }),
        }
    };
    let ended = ended.or_else(|error| explain(&started, error))?;
    finish(app, kind, started, ended, &counters, job).await
}

async fn stopped_for_good(job: &LeaseWatch) {
    job.stopped().await;
    tokio::time::sleep(LAST_CALLS).await;
}

async fn work(app: &App, kind: &str, started: &Started, job: &LeaseWatch, halt: &Halt, counters: &CallCounters) -> Result<Ended> {
    let subject = Subject::of(&started.sync)?;
    let work =
        Work { app, subject: &subject, sync_id: started.sync.id, run: &started.run, held: &started.held, job, halt, counters };
    if kind == KIND_REMOVE { remove::attempt(&work).await } else { attempt::attempt(&work).await }
}

/// An error as the end of an attempt. Only texts meant for users are passed on.
fn explain(started: &Started, error: Error) -> Result<Ended> {
    let problem = match error {
        Error::BadRequest { message, .. } => Problem::settings(&message),
        Error::Unavailable { message } => Problem::ours(&message, true),
        other => {
            tracing::error!(error = %other, run = %started.run.id, sync = %started.sync.id, "a sync run failed");
            let text = format!("An internal error ended the run. The server's log names it beside {}.", started.run.id);
            Problem::ours(&text, false)
        }
    };
    Ok(Ended { problem: Some(problem), ..Ended::default() })
}

/// Takes the leases and the run, and says that it works.
async fn start(app: &App, lanes: &Lanes, kind: &str, sync_id: Uuid) -> Result<Start> {
    let tx = app.db.begin().await?;
    let Some(mut sync) = keyferry_db::secret_syncs::lock(&tx, sync_id).await? else { return Ok(Start::Nothing) };
    if sync.is_paused {
        // Whoever resumes it enqueues it again.
        return Ok(Start::Nothing);
    }
    let now_ms = app.now_ms();
    let mut run = match due(&tx, sync_id, kind, now_ms).await? {
        Due::Now(run) => *run,
        Due::Later(at_ms) => return Ok(Start::Later(at_ms)),
        Due::Nothing => return Ok(Start::Nothing),
    };
    let place = lanes.enter(sync.connection_id);
    if place.is_none() && !matches!(Trigger::parse(&run.trigger), Trigger::Manual | Trigger::Force | Trigger::Apply) {
        return Ok(Start::Later(now_ms + FULL_PAUSE_MS + spread(app, FULL_SPREAD_MS)));
    }
    let names = [status::sync_lease(sync_id), status::destination_lease(&sync.destination_id)];
    let Some(held) = Held::acquire(app, &tx, &names).await? else {
        tx.rollback().await?;
        return Ok(Start::Later(now_ms + BUSY_PAUSE_MS + spread(app, BUSY_SPREAD_MS)));
    };

    RUNNING.clone_into(&mut run.status);
    run.attempt += 1;
    run.fence = held.fence();
    run.started_at_ms = run.started_at_ms.or(Some(now_ms));
    run.next_retry_at_ms = None;
    sync.last_run_id = Some(run.id);
    sync.updated_at_ms = now_ms;
    if kind == KIND_REMOVE {
        sync.remove_status = Some(RUNNING.to_owned());
    } else if Trigger::parse(&run.trigger) != Trigger::Retry {
        // A try in the background does not touch what the failed run says before it is known to end better.
        sync.sync_status = Some(RUNNING.to_owned());
        sync.next_retry_at_ms = None;
    }
    keyferry_db::update(&tx, run.clone()).await?;
    keyferry_db::secret_syncs::save_state(&tx, &sync).await?;
    tx.commit().await?;
    Ok(Start::Go(Box::new(Started { sync, run, held, _place: place })))
}

#[expect(clippy::cast_possible_truncation, reason = "a few seconds in milliseconds")]
fn spread(app: &App, most_ms: f64) -> i64 {
    (app.ids.jitter().clamp(0.0, 1.0) * most_ms) as i64
}

/// Which run of a sync is due.
pub(super) enum Due {
    Now(Box<sync_runs::Model>),
    Later(i64),
    Nothing,
}

/// The run to take: one that was begun goes before one that waits.
pub(super) async fn due(tx: &WriteTx, sync_id: Uuid, kind: &str, now_ms: i64) -> Result<Due> {
    debug_assert!(kind == KIND_SYNC || kind == KIND_REMOVE, "a kind of run");
    let mut open = keyferry_db::sync_runs::open(tx, sync_id, kind).await?;
    open.sort_by_key(|run| run.status == PENDING);
    let Some(first) = open.first() else { return Ok(Due::Nothing) };
    match first.next_retry_at_ms {
        // Nothing waits for so long: the clock was set back.
        Some(at_ms) if at_ms > now_ms + LONGEST_PAUSE_MS => Ok(Due::Now(Box::new(open.swap_remove(0)))),
        Some(at_ms) if at_ms > now_ms => Ok(Due::Later(at_ms)),
        _ => Ok(Due::Now(Box::new(open.swap_remove(0)))),
    }
}
