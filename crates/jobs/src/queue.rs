//! Putting jobs into the queue.

use std::sync::Arc;

use keyferry_db::{DbError, WriteTx, jobs};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use uuid::Uuid;

/// The queue of this process. Cheap to clone; clones wake the same workers.
#[derive(Clone, Default)]
pub struct Queue {
    awake: Arc<Notify>,
}

/// A job to run.
#[derive(Clone, Debug)]
pub struct Enqueue {
    /// Id of the job, used if none of this kind and key waits or runs.
    pub id: Uuid,
    /// Which [`crate::Handler`] runs it.
    pub kind: &'static str,
    /// What it is about; jobs of one kind and key coalesce.
    pub key: String,
    /// What the handler needs to know: ids, never a secret value.
    pub payload: serde_json::Value,
    /// Smaller runs first.
    pub priority: i32,
    /// Not before this time, Unix milliseconds.
    pub run_at_ms: i64,
    /// Attempts after which a retry is given up; 0 for no limit.
    pub max_attempts: i32,
}

impl Queue {
    /// An empty queue handle.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stores a job; it runs after `tx` is committed, at once if [`Queue::wake`] is called then.
    ///
    /// While one of the same kind and key waits, the two become one with the earlier time, the better priority and the new
    /// payload; while one runs, it runs once more afterwards.
    ///
    /// # Errors
    /// [`DbError`] when the database does not answer.
    pub async fn enqueue(&self, tx: &WriteTx, job: Enqueue, now_ms: i64) -> Result<(), DbError> {
        let row = jobs::NewJob {
            id: job.id,
            kind: job.kind.to_owned(),
            key: job.key,
            payload: job.payload.to_string(),
            priority: job.priority,
            run_at_ms: job.run_at_ms,
            max_attempts: job.max_attempts,
        };
        jobs::enqueue(tx, row, now_ms).await
    }

    /// Stores several jobs, in an order in which two such transactions cannot block each other.
    ///
    /// # Errors
    /// [`DbError`] when the database does not answer.
    pub async fn enqueue_all(&self, tx: &WriteTx, mut all: Vec<Enqueue>, now_ms: i64) -> Result<(), DbError> {
        all.sort_by(|a, b| (a.kind, &a.key).cmp(&(b.kind, &b.key)));
        for job in all {
            self.enqueue(tx, job, now_ms).await?;
        }
        Ok(())
    }

    /// Makes the workers of this process look at once. To be called after the commit; without it, polling finds the job.
    pub fn wake(&self) {
        self.awake.notify_waiters();
    }

    /// The next [`Queue::wake`], counted from the moment the answer is enabled.
    pub(crate) fn woken(&self) -> Notified<'_> {
        self.awake.notified()
    }
}
