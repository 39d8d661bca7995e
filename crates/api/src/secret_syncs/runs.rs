//! What runs did.

use keyferry_domain::Result;
use keyferry_domain::secret_syncs::runs;
use serde_json::{Value, json};
use uuid::Uuid;

use super::fields::SyncPath;
use super::{DESTINATION, TAG, run_response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};
use crate::wire::{Codec, Decode, Fields, int_text, text, uuid};

/// Runs a page when nothing is said.
const A_PAGE: i64 = 20;

/// The path of one run.
pub(super) struct RunPath {
    sync_id: Uuid,
    run_id: Uuid,
}

impl Decode for RunPath {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let sync_id = f.required("syncId", uuid());
        let run_id = f.required("runId", uuid());
        Some(Self { sync_id: sync_id?, run_id: run_id? })
    }
}

/// The query of the list.
pub(super) struct Query {
    cursor: Option<String>,
    limit: i64,
}

impl Decode for Query {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let cursor = f.optional("cursor", text().blank_is_absent());
        let limit = f.default("limit", int_text().min(1).max(100), A_PAGE);
        Some(Self { cursor: cursor?, limit: limit? })
    }
}

pub(super) fn endpoint_list() -> Endpoint {
    get("/api/v1/secret-syncs/checkly/{syncId}/runs", list)
        .id("listChecklySecretSyncRuns")
        .tag(TAG)
        .summary("List the runs of a Checkly sync, newest first")
        .permission("secret-syncs:read")
        .answers(run_response::example_runs)
}

pub(super) fn endpoint_get() -> Endpoint {
    get("/api/v1/secret-syncs/checkly/{syncId}/runs/{runId}", by_id)
        .id("getChecklySecretSyncRun")
        .tag(TAG)
        .summary("Get a run of a Checkly sync with what became of each key")
        .permission("secret-syncs:read")
        .answers(run_response::example_run)
}

async fn list(call: Call, input: Input<SyncPath, Query, ()>) -> Result<Json<Value>> {
    let Query { cursor, limit } = input.query;
    let limit = u64::try_from(limit).unwrap_or(1);
    let page = runs::list(&call.app, &call.caller, DESTINATION, input.params.sync_id, cursor.as_deref(), limit).await?;
    let runs = page.runs.iter().map(|run| run_response::run(run, None)).collect::<Result<Vec<_>>>()?;
    Ok(Json(json!({ "runs": runs, "nextCursor": page.next_cursor })))
}

async fn by_id(call: Call, input: Input<RunPath, (), ()>) -> Result<Json<Value>> {
    let RunPath { sync_id, run_id } = input.params;
    let (run, items) = runs::get(&call.app, &call.caller, DESTINATION, sync_id, run_id).await?;
    Ok(Json(json!({ "run": run_response::run(&run, Some(&items))? })))
}
