//! Time that tests move, and ids that tell the order they were made in.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use keyferry_domain::{Clock, Ids, SystemIds};
use uuid::Uuid;

/// A clock that stands still until moved.
#[derive(Debug)]
pub struct FakeClock(AtomicI64);

impl FakeClock {
    /// Starts at the given milliseconds since the epoch.
    #[must_use]
    pub fn at(now_ms: i64) -> Self {
        Self(AtomicI64::new(now_ms))
    }

    /// Moves the clock; negative moves it back.
    pub fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Ids for tests: random v4 (they must not clash between databases), v7 by the clock with a counter, and jitter of one half.
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl Ids for SequentialIds {
    fn v4(&self) -> Uuid {
        SystemIds.v4()
    }

    fn v7(&self, now_ms: i64) -> Uuid {
        let counter = self.0.fetch_add(1, Ordering::SeqCst);
        let ms = u128::from(u64::try_from(now_ms).unwrap_or(0)) & 0xFFFF_FFFF_FFFF;
        Uuid::from_u128((ms << 80) | (0x7 << 76) | (0b10 << 62) | u128::from(counter))
    }

    fn jitter(&self) -> f64 {
        0.5
    }
}
