//! Counting failed sign-ins (core API contract 6.1). Unknown subjects are counted like known ones, so that being locked out
//! does not tell who exists.

use keyferry_crypto::sha256_hex;
use keyferry_db::entities::login_lockouts::Model;

use crate::app::App;
use crate::error::Result;

/// How failures lead to a lock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// Whether failures are counted at all.
    pub enabled: bool,
    /// Failures that lock.
    pub threshold: i32,
    /// How long the lock lasts.
    pub duration_ms: i64,
    /// After how long without failures they are forgotten.
    pub reset_ms: i64,
}

/// Counts older than this are removed in passing.
const PURGE_AFTER_MS: i64 = 86_400_000;

/// Removes old counts after every hundredth attempt or so: anybody can make new ones by guessing at names that do not exist.
/// Called outside any transaction.
pub(crate) async fn purge_in_passing(app: &App) -> Result<()> {
    if app.ids.jitter() < 0.01 {
        let now_ms = app.now_ms();
        let tx = app.db.begin().await?;
        keyferry_db::lockouts::purge(&tx, now_ms - PURGE_AFTER_MS, now_ms).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The name under which attempts are counted. The text is hashed: it comes from anybody, at any length.
pub(crate) fn subject(kind: &str, canonical: &str) -> String {
    format!("{kind}:{}", sha256_hex(canonical.as_bytes()))
}

/// Whether attempts are refused now.
pub(crate) fn is_locked(row: &Model, now_ms: i64) -> bool {
    row.locked_until_ms.is_some_and(|until| now_ms < until)
}

/// The count with one more failure.
pub(crate) fn after_failure(mut row: Model, policy: Policy, now_ms: i64) -> Model {
    let forgotten = now_ms - row.last_failure_at_ms > policy.reset_ms || row.locked_until_ms.is_some_and(|until| until <= now_ms);
    row.failures = if forgotten { 1 } else { row.failures.saturating_add(1) };
    row.last_failure_at_ms = now_ms;
    row.locked_until_ms = (policy.enabled && row.failures >= policy.threshold).then_some(now_ms + policy.duration_ms);
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy { enabled: true, threshold: 3, duration_ms: 300_000, reset_ms: 30_000 };

    fn fresh() -> Model {
        Model { subject: "s".to_owned(), identity_id: None, failures: 0, last_failure_at_ms: 0, locked_until_ms: None }
    }

    #[test]
    fn the_threshold_locks_for_the_duration() {
        let mut row = fresh();
        for (at, locked) in [(1_000, false), (2_000, false), (3_000, true)] {
            row = after_failure(row, POLICY, at);
            assert_eq!(is_locked(&row, at), locked, "at {at}");
        }
        assert!(is_locked(&row, 302_999));
        assert!(!is_locked(&row, 303_000));
        row = after_failure(row, POLICY, 303_000);
        assert_eq!(row.failures, 1, "a lock that ended starts the count anew");
    }

    #[test]
    fn failures_are_forgotten_after_a_quiet_time() {
        let row = after_failure(after_failure(fresh(), POLICY, 0), POLICY, 30_001);
        assert_eq!(row.failures, 1);
        let row = after_failure(row, POLICY, 60_001);
        assert_eq!(row.failures, 2);
    }

    #[test]
    fn a_switched_off_policy_never_locks() {
        let mut row = fresh();
        for at in 0..10 {
            row = after_failure(row, Policy { enabled: false, ..POLICY }, at);
        }
        assert!(!is_locked(&row, 10));
    }
}
