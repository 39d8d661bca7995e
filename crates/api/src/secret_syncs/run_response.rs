//! Plans and runs on the wire; Keyferry's own shapes. Never a value.

use keyferry_domain::secret_syncs::plans::StoredPlan;
use keyferry_domain::secret_syncs::runs::{Run, RunItem};
use keyferry_domain::{Error, Result};
use serde_json::{Value, json};

use crate::wire::timestamp;

/// A plan.
pub(super) fn plan(row: &StoredPlan) -> Result<Value> {
    Ok(json!({
        "id": row.id,
        "syncId": row.sync_id,
        "digest": row.digest,
        "createdAt": timestamp(row.created_at_ms),
        "expiresAt": timestamp(row.expires_at_ms),
        "counts": stored(&row.counts)?,
        "warnings": stored(&row.warnings)?,
        "items": stored(&row.items)?,
    }))
}

/// A run; with what became of each key, where that was asked for.
pub(super) fn run(row: &Run, items: Option<&[RunItem]>) -> Result<Value> {
    let mut body = json!({
        "id": row.id,
        "syncId": row.sync_id,
        "kind": row.kind,
        "trigger": row.trigger,
        "status": row.status,
        "attempt": row.attempt,
        "planId": row.plan_id,
        "nextRetryAt": row.next_retry_at_ms.map(timestamp),
        "createdAt": timestamp(row.created_at_ms),
        "startedAt": row.started_at_ms.map(timestamp),
        "endedAt": row.ended_at_ms.map(timestamp),
        "calls": row.calls,
        "waitedMs": row.waited_ms,
        "message": row.message,
        "counts": stored(&row.counts)?,
    });
    if let Some(items) = items {
        body["items"] = items.iter().map(item).collect();
    }
    Ok(body)
}

fn item(row: &RunItem) -> Value {
    json!({
        "secretKey": row.secret_key,
        "destinationKey": row.destination_key,
        "action": row.action,
        "reason": row.reason,
        "outcome": row.outcome,
        "httpStatus": row.http_status,
        "attempts": row.attempts,
        "latencyMs": row.latency_ms,
        "message": row.message,
        "secretVersion": row.secret_version,
        "hasPreviousValue": row.previous_value.is_some(),
    })
}

fn stored(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| Error::internal(format!("a stored plan or run cannot be read: {error}")))
}

/// For the description.
pub(super) fn example_plan() -> Value {
    json!({ "plan": {
        "id": "0195567e-0d5c-7c7b-8f5b-3d9a1c2b4e61",
        "syncId|null": "e1f8b3aa-0c52-4a3e-9b8b-2b8a60b8f501",
        "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "createdAt": "2026-03-02T09:20:11.004Z",
        "expiresAt": "2026-03-03T09:20:11.004Z",
        "counts": {
            "create": 1, "update": 0, "reflag": 0, "delete": 0, "keep": 0, "unchanged": 0, "blocked": 0, "adopts": 0,
            "requiresApproval": 0
        },
        "warnings": [],
        "items": [{
            "secretKey|null": "TOKEN", "destinationKey": "SHOP_TOKEN", "action": "create", "reason": "new", "requiresApproval": false,
            "secretVersion|null": 1, "before": null, "after|null": { "secret": true, "locked": true }, "renamedFrom?": "SHOP_KEY",
            "verifiedBy?": "record"
        }]
    } })
}

/// For the description.
pub(super) fn example_run() -> Value {
    let mut run = run_example();
    run["items"] = json!([{
        "secretKey|null": "TOKEN", "destinationKey": "SHOP_TOKEN", "action|null": "create", "reason|null": "new", "outcome": "done",
        "httpStatus|null": 201, "attempts": 1, "latencyMs|null": 42, "message": null, "secretVersion|null": 1, "hasPreviousValue": false
    }]);
    json!({ "run": run })
}

/// For the description.
pub(super) fn example_runs() -> Value {
    json!({ "runs": [run_example()], "nextCursor": null })
}

fn run_example() -> Value {
    json!({
        "id": "0195567e-0d5c-7c7b-8f5b-3d9a1c2b4e60",
        "syncId": "e1f8b3aa-0c52-4a3e-9b8b-2b8a60b8f501",
        "kind": "sync-secrets",
        "trigger": "change",
        "status": "succeeded",
        "attempt": 1,
        "planId": null,
        "nextRetryAt": null,
        "createdAt": "2026-03-02T09:20:24.010Z",
        "startedAt|null": "2026-03-02T09:20:24.102Z",
        "endedAt|null": "2026-03-02T09:20:24.861Z",
        "calls": 2,
        "waitedMs": 0,
        "message": null,
        "counts": {
            "create?": 1, "update?": 0, "reflag?": 0, "delete?": 0, "keep?": 0, "unchanged?": 3, "blocked?": 0, "adopts?": 0,
            "requiresApproval?": 0, "done?": 1, "failed?": 0, "skipped?": 0, "notReached?": 0, "awaitingApproval?": 0
        }
    })
}
