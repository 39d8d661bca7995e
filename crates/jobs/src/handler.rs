//! What runs a job, and what it is given.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Runs the jobs of one kind.
#[async_trait]
pub trait Handler: Send + Sync {
    /// The kind it runs.
    fn kind(&self) -> &'static str;

    /// Runs a job. May be repeated for the same job after a crash, so it converges instead of assuming that nothing was done.
    ///
    /// A long run watches [`Running::lease`] and answers [`Outcome::Stopped`] when it is told to stop. A panic counts as
    /// [`Outcome::Retry`] with the class `panic`.
    async fn run(&self, job: &Running) -> Outcome;
}

/// A claimed job.
#[derive(Clone)]
pub struct Running {
    /// Id of the row.
    pub id: Uuid,
    /// Its kind.
    pub kind: String,
    /// What it is about.
    pub key: String,
    /// As enqueued last.
    pub payload: serde_json::Value,
    /// Which attempt this is, from 1.
    pub attempt: i32,
    /// Attempts after which a retry is given up; 0 for no limit.
    pub max_attempts: i32,
    /// Grows with every claim of this row.
    pub fence: i64,
    /// The lease under which it runs.
    pub lease: LeaseWatch,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done: the row goes.
    Done,
    /// To be tried again, unless the attempts are used up. `error_class` is a word for the cause, never a text from outside.
    Retry {
        /// Not before this time, Unix milliseconds.
        at_ms: i64,
        /// Stored with the row and logged.
        error_class: String,
    },
    /// Not to be tried again: the row goes.
    Fail {
        /// Logged.
        error_class: String,
    },
    /// Not finished because of a stop or a lost lease: the job waits again and the attempt does not count.
    Stopped,
}

/// The lease of a run, kept up by the worker, watched by the handler. Cheap to clone.
#[derive(Clone)]
pub struct LeaseWatch {
    shared: Arc<Shared>,
}

struct Shared {
    deadline_ms: AtomicI64,
    is_lost: AtomicBool,
    stop: CancellationToken,
}

impl LeaseWatch {
    /// A lease until a deadline (Unix milliseconds) whose holder is told to stop by the token.
    #[must_use]
    pub fn new(deadline_ms: i64, stop: CancellationToken) -> Self {
        Self { shared: Arc::new(Shared { deadline_ms: AtomicI64::new(deadline_ms), is_lost: AtomicBool::new(false), stop }) }
    }

    /// Until when the lease is held for sure, Unix milliseconds. Moves on with every renewal.
    #[must_use]
    pub fn deadline_ms(&self) -> i64 {
        self.shared.deadline_ms.load(Ordering::Acquire)
    }

    /// Whether the lease is held: to be asked before every call that nobody else may make at the same time.
    #[must_use]
    pub fn is_live(&self, now_ms: i64) -> bool {
        !self.is_lost() && now_ms < self.deadline_ms()
    }

    /// Whether somebody else has the job now.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.shared.is_lost.load(Ordering::Acquire)
    }

    /// Whether the run shall end: the program stops, or the lease is lost.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.shared.stop.is_cancelled()
    }

    /// Waits until the run shall end.
    pub async fn stopped(&self) {
        self.shared.stop.cancelled().await;
    }

    /// Records a renewal.
    pub(crate) fn extend(&self, deadline_ms: i64) {
        self.shared.deadline_ms.store(deadline_ms, Ordering::Release);
    }

    /// Records that somebody else has the job, and tells the run to end.
    pub fn mark_lost(&self) {
        self.shared.is_lost.store(true, Ordering::Release);
        self.shared.stop.cancel();
    }
}
