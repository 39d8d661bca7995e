//! Denied actions in the audit log.
//!
//! Every one is recorded up to a bound a minute for each caller, so that a caller who may do nothing cannot fill the log, or keep
//! others' reads waiting for it.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use uuid::Uuid;

use super::{Event, row};
use crate::app::App;
use crate::caller::Caller;
use crate::error::Error;

/// Denials of a caller that are recorded in a minute; one more row says that further ones are left out.
const MOST_A_MINUTE: u32 = 100;
const MINUTE_MS: i64 = 60_000;
/// Callers whose denials are counted at a time.
const MOST_CALLERS: u64 = 10_000;

/// Counts the denials of each caller.
#[derive(Clone)]
pub(super) struct Denials {
    of_caller: moka::sync::Cache<Uuid, Arc<Mutex<Minute>>>,
}

/// A minute, by its first millisecond, and the denials in it.
#[derive(Default)]
struct Minute {
    from_ms: i64,
    count: u32,
}

impl Default for Denials {
    fn default() -> Self {
        Self { of_caller: moka::sync::Cache::new(MOST_CALLERS) }
    }
}

impl Denials {
    /// How many this makes for the caller within a minute.
    fn count(&self, caller: Uuid, now_ms: i64) -> u32 {
        let minute = self.of_caller.get_with(caller, Arc::default);
        let mut minute = minute.lock().unwrap_or_else(PoisonError::into_inner);
        if !(minute.from_ms..minute.from_ms.saturating_add(MINUTE_MS)).contains(&now_ms) {
            *minute = Minute { from_ms: now_ms, count: 0 };
        }
        minute.count = minute.count.saturating_add(1);
        minute.count
    }
}

/// Records that a caller was denied something, if that is what the error says. `route` is the route's pattern: what was sent in
/// its place may be anything.
pub fn record_denial(app: &App, caller: &Caller, method: &str, route: &str, error: &Error) {
    let mut metadata = json!({ "method": method, "route": route, "reason": error.to_string() });
    match error {
        Error::PermissionDenied { action, subject, .. } => {
            metadata["action"] = json!(action);
            metadata["subject"] = json!(subject);
        }
        Error::Forbidden { .. } => {}
        _ => return,
    }
    let count = app.audit.denials.count(caller.actor.id().unwrap_or_default(), app.now_ms());
    if count > MOST_A_MINUTE {
        if count > MOST_A_MINUTE + 1 {
            return;
        }
        metadata["furtherOmitted"] = json!(true);
    }
    // The action was refused already, so nothing passes unrecorded that was done.
    if app.audit.push(row(app, caller, Event::org(caller, "permission-denied", metadata), "refused")).is_err() {
        tracing::warn!(request_id = %caller.origin.request_id, "a denial could not be recorded");
    }
}
