//! Finding due jobs and starting them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use keyferry_db::{Db, DbError, jobs};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::handler::Handler;
use crate::queue::Queue;
use crate::run;

/// Answers the present time, Unix milliseconds.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Longest pause between two look-ups while the database does not answer.
const MAX_PAUSE: Duration = Duration::from_secs(5);
/// For giving leases back after the grace of a stop is over.
const RELEASE_TIME: Duration = Duration::from_secs(5);
/// A worker that has not looked up jobs for this long, or for twenty polls, is unwell.
const MAX_SILENCE_MS: i64 = 10_000;

/// How a worker works.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// Names this process in the leases; for people, the fence is what counts.
    pub owner: String,
    /// Jobs at a time.
    pub concurrency: usize,
    /// How long a claim lasts without renewal, milliseconds. Renewed at a third of it.
    pub lease_ms: i64,
    /// Pause between look-ups when nothing wakes the worker.
    pub poll: Duration,
}

/// Runs jobs.
pub struct Worker;

impl Worker {
    /// Starts looking for jobs of the handlers' kinds; others are never claimed. Needs a Tokio runtime.
    ///
    /// Of two handlers of one kind the last counts.
    pub fn spawn(db: Db, queue: Queue, handlers: Vec<Arc<dyn Handler>>, config: WorkerConfig, clock: Clock) -> WorkerHandle {
        let handlers: HashMap<_, _> = handlers.into_iter().map(|handler| (handler.kind(), handler)).collect();
        let shared = Arc::new(Shared {
            db,
            queue,
            handlers,
            looked_at_ms: AtomicI64::new(clock()),
            clock,
            slots: Arc::new(Semaphore::new(config.concurrency)),
            config,
            stopping: CancellationToken::new(),
            aborting: CancellationToken::new(),
            tasks: TaskTracker::new(),
        });
        let dispatcher = shared.tasks.spawn(dispatch(Arc::clone(&shared)));
        WorkerHandle { shared, dispatcher }
    }
}

/// What the dispatcher and the runs share.
pub(crate) struct Shared {
    pub(crate) db: Db,
    pub(crate) queue: Queue,
    pub(crate) handlers: HashMap<&'static str, Arc<dyn Handler>>,
    pub(crate) config: WorkerConfig,
    pub(crate) clock: Clock,
    pub(crate) stopping: CancellationToken,
    pub(crate) aborting: CancellationToken,
    slots: Arc<Semaphore>,
    tasks: TaskTracker,
    looked_at_ms: AtomicI64,
}

/// A running worker. Dropping it leaves the worker running.
pub struct WorkerHandle {
    shared: Arc<Shared>,
    dispatcher: JoinHandle<()>,
}

impl WorkerHandle {
    /// Whether the worker runs and has looked up jobs successfully of late.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        let polls_ms = i64::try_from(self.shared.config.poll.as_millis()).unwrap_or(i64::MAX).saturating_mul(20);
        let silence_ms = (self.shared.clock)().saturating_sub(self.shared.looked_at_ms.load(Ordering::Acquire));
        !self.dispatcher.is_finished() && !self.shared.stopping.is_cancelled() && silence_ms <= polls_ms.max(MAX_SILENCE_MS)
    }

    /// Stops: claims nothing more, tells the running handlers, waits for them as long as `grace`, then aborts them. Their jobs are
    /// given back, to be run elsewhere or after the next start.
    pub async fn stop(&self, grace: Duration) {
        self.shared.stopping.cancel();
        self.shared.tasks.close();
        if tokio::time::timeout(grace, self.shared.tasks.wait()).await.is_err() {
            self.shared.aborting.cancel();
            if tokio::time::timeout(RELEASE_TIME, self.shared.tasks.wait()).await.is_err() {
                tracing::warn!("jobs could not be given back in time; their leases run out by themselves");
            }
        }
    }
}

async fn dispatch(shared: Arc<Shared>) {
    let mut signals = shared.db.listen_jobs();
    let mut failures: u32 = 0;
    while !shared.stopping.is_cancelled() {
        // Registered before the look-up: a job that is committed during it wakes the next round.
        let mut woken = std::pin::pin!(shared.queue.woken());
        woken.as_mut().enable();
        let looked = tokio::select! {
            () = shared.aborting.cancelled() => return,
            looked = claim_due(&shared) => looked,
        };
        let pause = match looked {
            Ok(()) => {
                if std::mem::take(&mut failures) > 0 {
                    tracing::info!("jobs are looked up again");
                }
                shared.config.poll
            }
            Err(error) => {
                if failures == 0 {
                    tracing::warn!(%error, "jobs cannot be looked up");
                }
                failures = failures.saturating_add(1);
                backoff(shared.config.poll, failures)
            }
        };
        tokio::select! {
            () = shared.stopping.cancelled() => return,
            () = woken => {}
            () = signals.recv() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Claims and starts what is due, as far as there are free slots.
async fn claim_due(shared: &Arc<Shared>) -> Result<(), DbError> {
    let kinds: Vec<&str> = shared.handlers.keys().copied().collect();
    loop {
        let is_due = jobs::is_due(shared.db.read(), &kinds, (shared.clock)()).await?;
        shared.looked_at_ms.fetch_max((shared.clock)(), Ordering::AcqRel);
        if !is_due || shared.stopping.is_cancelled() {
            return Ok(());
        }
        // When a run ends it wakes the queue, so a full house is no reason to wait here.
        let Ok(slot) = Arc::clone(&shared.slots).try_acquire_owned() else { return Ok(()) };
        let tx = shared.db.begin().await?;
        let now_ms = (shared.clock)();
        let claimed = jobs::claim(&tx, &kinds, &shared.config.owner, now_ms, shared.config.lease_ms).await?;
        tx.commit().await?;
        let Some(row) = claimed else { return Ok(()) };
        let shared = Arc::clone(shared);
        shared.tasks.clone().spawn(async move {
            run::to_the_end(&shared, row).await;
            drop(slot);
            shared.queue.wake();
        });
    }
}

/// Doubles with every failure, up to a limit.
pub(crate) fn backoff(first: Duration, failures: u32) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(MAX_PAUSE.max(first))
}
