//! Plans: made for a stored sync or for one that does not exist yet, and read again.

use keyferry_domain::Result;
use keyferry_domain::secret_syncs::plans;
use serde_json::{Value, json};
use uuid::Uuid;

use super::create::Body;
use super::fields::SyncPath;
use super::{DESTINATION, TAG, run_response};
use crate::endpoint::{Call, Endpoint, Input, Json, get, post};
use crate::wire::{Decode, Fields, uuid};

/// The path of one plan.
pub(super) struct PlanPath {
    pub(super) sync_id: Uuid,
    pub(super) plan_id: Uuid,
}

impl Decode for PlanPath {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let sync_id = f.required("syncId", uuid());
        let plan_id = f.required("planId", uuid());
        Some(Self { sync_id: sync_id?, plan_id: plan_id? })
    }
}

pub(super) fn endpoint_unsaved() -> Endpoint {
    post("/api/v1/secret-syncs/checkly/plan", unsaved)
        .id("planNewChecklySecretSync")
        .tag(TAG)
        .summary("Show what the first run of a Checkly sync would do")
        .permission("secret-syncs:create")
        .answers(run_response::example_plan)
}

pub(super) fn endpoint() -> Endpoint {
    post("/api/v1/secret-syncs/checkly/{syncId}/plan", stored)
        .id("planChecklySecretSync")
        .tag(TAG)
        .summary("Show what a run of a Checkly sync would do now")
        .permission("secret-syncs:read")
        .answers(run_response::example_plan)
}

pub(super) fn endpoint_get() -> Endpoint {
    get("/api/v1/secret-syncs/checkly/{syncId}/plans/{planId}", by_id)
        .id("getChecklySecretSyncPlan")
        .tag(TAG)
        .summary("Get a plan of a Checkly sync")
        .permission("secret-syncs:read")
        .answers(run_response::example_plan)
}

async fn unsaved(call: Call, input: Input<(), (), Body>) -> Result<Json<Value>> {
    let plan = plans::create_unsaved(&call.app, &call.caller, input.body.into_input()).await?;
    Ok(Json(json!({ "plan": run_response::plan(&plan)? })))
}

async fn stored(call: Call, input: Input<SyncPath, (), ()>) -> Result<Json<Value>> {
    let plan = plans::create_for_sync(&call.app, &call.caller, DESTINATION, input.params.sync_id).await?;
    Ok(Json(json!({ "plan": run_response::plan(&plan)? })))
}

async fn by_id(call: Call, input: Input<PlanPath, (), ()>) -> Result<Json<Value>> {
    let PlanPath { sync_id, plan_id } = input.params;
    let plan = plans::get(&call.app, &call.caller, DESTINATION, sync_id, plan_id).await?;
    Ok(Json(json!({ "plan": run_response::plan(&plan)? })))
}
