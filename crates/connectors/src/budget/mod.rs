//! The rate budget of an API key: below Checkly's 600 calls in any 60 s, and
//! silent while Checkly asked to wait (Checkly API contract, section 7).

mod in_process;
mod window;

#[cfg(test)]
mod tests;

use std::time::Duration;

use async_trait::async_trait;

pub use in_process::InProcessBudget;

/// Who goes first. Within one priority the first to ask is the first to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Somebody waits for it.
    Manual,
    /// A secret changed.
    Change,
    /// A scheduled look for drift.
    Drift,
    /// A plan that is only shown.
    Preview,
}

/// Who may call when. Cancelling a waiting `acquire` gives its place up.
#[async_trait]
pub trait RateBudget: Send + Sync {
    /// Waits for leave to make one call with the key of that hash; how long it
    /// waited.
    async fn acquire(&self, key_hash: &[u8; 32], priority: Priority) -> Duration;

    /// The destination asked to wait: nobody calls with that key until then.
    async fn retry_after(&self, key_hash: &[u8; 32], wait: Duration);

    /// A call ended otherwise than by a request to wait. After a wait the
    /// first call goes alone, the others follow once it has ended.
    async fn settled(&self, _key_hash: &[u8; 32]) {}
}
