//! Time and identifiers, passed in so that tests decide them.

use uuid::Uuid;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> i64;
}

/// Where identifiers and jitter come from; never used for keys, nonces or tokens.
pub trait Ids: Send + Sync {
    /// A random id (UUID v4) for resources of the public contract.
    fn v4(&self) -> Uuid;
    /// A time-ordered id (UUID v7) for runs, plans, jobs, ledger and audit rows.
    fn v7(&self, now_ms: i64) -> Uuid;
    /// A number in 0..1 for spreading retries.
    fn jitter(&self) -> f64;
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system clock")]
    fn now_ms(&self) -> i64 {
        chrono::Utc::now().timestamp_millis()
    }
}

/// Identifiers from the system's random generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "the one place that makes random ids")]
    fn v4(&self) -> Uuid {
        Uuid::new_v4()
    }

    fn v7(&self, now_ms: i64) -> Uuid {
        let seconds = u64::try_from(now_ms.div_euclid(1000)).unwrap_or(0);
        let nanos = u32::try_from(now_ms.rem_euclid(1000)).unwrap_or(0) * 1_000_000;
        Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos))
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that makes jitter")]
    fn jitter(&self) -> f64 {
        rand::random::<f64>()
    }
}
