//! One run of a job: the handler, its lease, and what is written at the end.

use std::sync::Arc;
use std::time::Duration;

use keyferry_db::entities::jobs::Model;
use keyferry_db::{DbError, jobs};
use tokio::task::JoinError;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::handler::{LeaseWatch, Outcome, Running};
use crate::worker::{Shared, backoff};

/// Wait before the first repetition of a run that panicked; doubles with every attempt.
const PANIC_DELAY_MS: i64 = 1_000;
/// Longest such wait.
const MAX_PANIC_DELAY_MS: i64 = 300_000;

/// Runs a claimed job and writes how it ended.
pub(crate) async fn to_the_end(shared: &Shared, row: Model) {
    let lease = LeaseWatch::new(row.lease_until_ms.unwrap_or_default(), shared.stopping.child_token());
    let outcome = match serde_json::from_str(&row.payload) {
        Ok(payload) => {
            let job = Running {
                id: row.id,
                kind: row.kind.clone(),
                key: row.key.clone(),
                payload,
                attempt: row.attempts,
                max_attempts: row.max_attempts,
                fence: row.fence,
                lease: lease.clone(),
            };
            handle(shared, job).await
        }
        Err(_) => Outcome::Fail { error_class: "payload".to_owned() },
    };
    settle(shared, &row, &lease, outcome).await;
}

/// Runs the handler in a task of its own and keeps the lease meanwhile.
async fn handle(shared: &Shared, job: Running) -> Outcome {
    let Some(handler) = shared.handlers.get(job.kind.as_str()).map(Arc::clone) else { return Outcome::Stopped };
    let (id, fence, attempt, lease) = (job.id, job.fence, job.attempt, job.lease.clone());
    let mut task = tokio::spawn(async move { handler.run(&job).await });
    let third = Duration::from_millis(u64::try_from(shared.config.lease_ms / 3).unwrap_or(0).max(1));
    let mut renewals = interval_at(Instant::now() + third, third);
    renewals.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            ended = &mut task => return outcome(ended, attempt, (shared.clock)()),
            () = shared.aborting.cancelled() => {
                task.abort();
                return match task.await {
                    Err(error) if error.is_cancelled() => Outcome::Stopped,
                    ended => outcome(ended, attempt, (shared.clock)()),
                };
            }
            _ = renewals.tick(), if !lease.is_lost() => {
                let until_ms = (shared.clock)().saturating_add(shared.config.lease_ms);
                match renew(shared, id, fence, until_ms).await {
                    Ok(true) => lease.extend(until_ms),
                    Ok(false) => lease.mark_lost(),
                    // The deadline stands; the next tick tries again.
                    Err(error) => tracing::warn!(%error, job = %id, "lease of a job was not renewed"),
                }
            }
        }
    }
}

fn outcome(ended: Result<Outcome, JoinError>, attempt: i32, now_ms: i64) -> Outcome {
    ended.unwrap_or_else(|_| {
        let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(0).min(30);
        let delay_ms = PANIC_DELAY_MS.saturating_mul(1 << doublings).min(MAX_PANIC_DELAY_MS);
        Outcome::Retry { at_ms: now_ms.saturating_add(delay_ms), error_class: "panic".to_owned() }
    })
}

async fn renew(shared: &Shared, id: uuid::Uuid, fence: i64, until_ms: i64) -> Result<bool, DbError> {
    let tx = shared.db.begin().await?;
    let is_held = jobs::renew(&tx, id, fence, until_ms).await?;
    tx.commit().await?;
    Ok(is_held)
}

/// Writes the outcome; while the database does not answer, again and again until the lease has run out.
async fn settle(shared: &Shared, row: &Model, lease: &LeaseWatch, outcome: Outcome) {
    report(row, &outcome);
    let mut failures = 0;
    while !lease.is_lost() {
        match write(shared, row, &outcome).await {
            Ok(true) => return,
            Ok(false) => break,
            Err(error) if !lease.is_live((shared.clock)()) => {
                tracing::warn!(%error, job = %row.id, kind = row.kind, "outcome of a job was not stored; it will run again");
                return;
            }
            Err(error) => {
                failures += 1;
                if failures == 1 {
                    tracing::warn!(%error, job = %row.id, kind = row.kind, "outcome of a job is not stored yet");
                }
                tokio::select! {
                    () = shared.aborting.cancelled(), if failures > 1 => return,
                    () = tokio::time::sleep(backoff(shared.config.poll, failures)) => {}
                }
            }
        }
    }
    tracing::warn!(job = %row.id, kind = row.kind, key = row.key, "a job was taken over during its run");
}

/// Whether the fence still matched.
async fn write(shared: &Shared, row: &Model, outcome: &Outcome) -> Result<bool, DbError> {
    let tx = shared.db.begin().await?;
    let now_ms = (shared.clock)();
    let is_ours = match outcome {
        Outcome::Retry { at_ms, error_class } if !is_last_attempt(row) => {
            jobs::retry(&tx, row.id, row.fence, *at_ms, error_class, now_ms).await?
        }
        Outcome::Done | Outcome::Fail { .. } | Outcome::Retry { .. } => {
            jobs::finish(&tx, row.id, row.fence, now_ms).await? != jobs::Finished::Lost
        }
        Outcome::Stopped => jobs::release(&tx, row.id, row.fence, now_ms).await?,
    };
    tx.commit().await?;
    Ok(is_ours)
}

fn is_last_attempt(row: &Model) -> bool {
    row.max_attempts > 0 && row.attempts >= row.max_attempts
}

fn report(row: &Model, outcome: &Outcome) {
    let (kind, key, attempt) = (&row.kind, &row.key, row.attempts);
    match outcome {
        Outcome::Done => tracing::debug!(kind, key, attempt, "job done"),
        Outcome::Stopped => tracing::debug!(kind, key, attempt, "job stopped"),
        Outcome::Retry { error_class, .. } if is_last_attempt(row) => {
            tracing::warn!(kind, key, attempt, error_class, "job given up after its last attempt");
        }
        Outcome::Retry { error_class, .. } => tracing::info!(kind, key, attempt, error_class, "job will be tried again"),
        Outcome::Fail { error_class } => tracing::warn!(kind, key, attempt, error_class, "job failed"),
    }
}
