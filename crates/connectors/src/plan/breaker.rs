//! The breaker: many deletions at once wait for a yes.

use serde::{Deserialize, Serialize};

use super::{Action, Plan};

/// How many deletions of owned keys one run may make: `keys`, or `percent` of
/// what the sync owns, whichever is larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakerRule {
    /// Keys that may always go.
    pub keys: u32,
    /// Share of the owned keys that may go, in per cent, rounded down.
    pub percent: u32,
}

impl Default for BreakerRule {
    fn default() -> Self {
        Self { keys: 10, percent: 20 }
    }
}

/// The destination keys whose deletion must wait: all deletions of owned keys
/// when there are more than the rule allows, otherwise none. `owned_count` is
/// the size of the ledger. Other deletions are not counted and not held.
pub fn breaker(plan: &Plan, owned_count: usize, rule: &BreakerRule) -> Vec<String> {
    let share = owned_count.saturating_mul(rule.percent as usize) / 100;
    let allowed = share.max(rule.keys as usize);
    let deletions: Vec<String> = plan
        .items
        .iter()
        .filter(|item| item.action == Action::Delete && item.owned)
        .map(|item| item.destination_key.clone())
        .collect();
    if deletions.len() > allowed { deletions } else { Vec::new() }
}
