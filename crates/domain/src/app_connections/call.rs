//! Calls to a destination while somebody waits for an answer: they give up on a used-up rate budget instead of waiting it out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use keyferry_connectors::{CallContext, CallCounters, CallGuard, Jitter, Priority, RateBudget};

use crate::app::App;
use crate::clock::Ids;

/// Longest wait for the rate budget inside a request.
const PATIENCE: Duration = Duration::from_secs(5);

/// The surroundings of calls made within a request: no lease, little patience.
pub struct RequestCall {
    budget: Arc<dyn RateBudget>,
    ids: Arc<dyn Ids>,
    priority: Priority,
    counters: CallCounters,
    gave_up: AtomicBool,
}

impl RequestCall {
    /// Calls of this urgency.
    #[must_use]
    pub fn new(app: &App, priority: Priority) -> Self {
        Self {
            budget: Arc::clone(&app.budget),
            ids: Arc::clone(&app.ids),
            priority,
            counters: CallCounters::default(),
            gave_up: AtomicBool::new(false),
        }
    }

    /// What the connector's methods take.
    #[must_use]
    pub fn context(&self) -> CallContext<'_> {
        CallContext { budget: self, guard: self, priority: self.priority, counters: &self.counters, jitter: self }
    }

    /// Whether the rate budget had no room in time, so that no call was made.
    #[must_use]
    pub fn gave_up(&self) -> bool {
        self.gave_up.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl RateBudget for RequestCall {
    async fn acquire(&self, key_hash: &[u8; 32], priority: Priority) -> Duration {
        match tokio::time::timeout(PATIENCE, self.budget.acquire(key_hash, priority)).await {
            Ok(waited) => waited,
            Err(_elapsed) => {
                self.gave_up.store(true, Ordering::Relaxed);
                PATIENCE
            }
        }
    }

    async fn retry_after(&self, key_hash: &[u8; 32], wait: Duration) {
        self.budget.retry_after(key_hash, wait).await;
    }

    async fn settled(&self, key_hash: &[u8; 32]) {
        // A call that never got its leave settles nothing.
        if !self.gave_up() {
            self.budget.settled(key_hash).await;
        }
    }
}

impl CallGuard for RequestCall {
    fn may_call(&self) -> bool {
        !self.gave_up()
    }
}

impl Jitter for RequestCall {
    fn up_to(&self, ceiling: Duration) -> Duration {
        ceiling.mul_f64(self.ids.jitter().clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;
    use crate::clock::SystemIds;

    /// A budget without room; counts what is settled on it.
    #[derive(Default)]
    struct Exhausted(AtomicU32);

    #[async_trait]
    impl RateBudget for Exhausted {
        async fn acquire(&self, _: &[u8; 32], _: Priority) -> Duration {
            std::future::pending().await
        }

        async fn retry_after(&self, _: &[u8; 32], _: Duration) {}

        async fn settled(&self, _: &[u8; 32]) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_used_up_budget_stops_the_call_instead_of_holding_the_request() {
        let budget = Arc::new(Exhausted::default());
        let call = RequestCall {
            budget: Arc::clone(&budget) as Arc<dyn RateBudget>,
            ids: Arc::new(SystemIds),
            priority: Priority::Manual,
            counters: CallCounters::default(),
            gave_up: AtomicBool::new(false),
        };
        assert!(call.may_call());
        call.acquire(&[0; 32], Priority::Manual).await;
        assert!(call.gave_up() && !call.may_call());
        call.settled(&[0; 32]).await;
        assert_eq!(budget.0.load(Ordering::Relaxed), 0, "a call that was never let in settles nothing");
    }
}
