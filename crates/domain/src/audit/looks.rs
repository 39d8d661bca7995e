//! Reads that an open page repeats by itself: the first one is recorded, and another one an hour later.
//!
//! Only for reads that show no value. The page says that it only refreshes, but is not believed alone: a refresh is left out of the
//! log when the same was recorded shortly before, for the same caller at the same address with the same program.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::Arc;

use keyferry_db::entities::audit_logs;

use super::{Event, row};
use crate::app::App;
use crate::caller::{Caller, Look};
use crate::error::Result;

/// How long a recorded read covers refreshes.
const COVERED_MS: i64 = 60 * 60_000;
/// Recorded reads of pages that are remembered at a time.
const MOST_LOOKS: u64 = 10_000;

/// The reads of pages recorded of late.
#[derive(Clone)]
pub(super) struct Looks {
    recorded_at_ms: moka::sync::Cache<u64, i64>,
    hasher: Arc<RandomState>,
}

impl Default for Looks {
    fn default() -> Self {
        Self { recorded_at_ms: moka::sync::Cache::new(MOST_LOOKS), hasher: Arc::default() }
    }
}

impl Looks {
    fn key(&self, row: &audit_logs::Model) -> u64 {
        let of_caller = (&row.actor_type, row.actor_id, &row.ip, &row.user_agent);
        self.hasher.hash_one((of_caller, row.org_id, row.project_id, &row.event_type, &row.event_metadata))
    }
}

/// Records something read that a page may ask for again and again. Like [`super::record_read`] for all other callers.
///
/// # Errors
/// [`crate::Error::Unavailable`] while the log cannot be written or too much waits.
pub fn record_look(app: &App, caller: &Caller, event: Event) -> Result<()> {
    let row = row(app, caller, event, "success");
    let (look, looks, now_ms) = (caller.origin.look, &app.audit.looks, row.created_at_ms);
    if look == Look::Once {
        return app.audit.push(row);
    }
    let key = looks.key(&row);
    let is_covered = |at_ms: i64| (at_ms..at_ms.saturating_add(COVERED_MS)).contains(&now_ms);
    if look == Look::Refresh && looks.recorded_at_ms.get(&key).is_some_and(is_covered) {
        return Ok(());
    }
    app.audit.push(row)?;
    looks.recorded_at_ms.insert(key, now_ms);
    Ok(())
}
