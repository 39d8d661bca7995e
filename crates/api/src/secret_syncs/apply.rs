//! Applies a plan, with leave for deletions that wait.

use keyferry_domain::Result;
use keyferry_domain::secret_syncs::{ApprovedKeys, plans};
use serde_json::{Value, json};

use super::plan::PlanPath;
use super::{DESTINATION, TAG, run_response};
use crate::endpoint::{Call, Endpoint, Input, Json, post};
use crate::wire::{Codec, Decode, Either, Fields, either, list, literal, text};

/// The body.
pub(super) struct Body {
    digest: String,
    approve: Option<ApprovedKeys>,
}

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let digest = f.required("digest", text().min(1));
        let approve = f.optional(
            "approve",
            either(literal("all"), list(text().min(1)).max(10_000)).map(|keys| match keys {
                Either::First(()) => ApprovedKeys::All,
                Either::Second(keys) => ApprovedKeys::Only(keys),
            }),
        );
        Some(Self { digest: digest?, approve: approve? })
    }
}

pub(super) fn endpoint() -> Endpoint {
    post("/api/v1/secret-syncs/checkly/{syncId}/plans/{planId}/apply", apply)
        .id("applyChecklySecretSyncPlan")
        .tag(TAG)
        .summary("Apply a plan of a Checkly sync")
        .permission("secret-syncs:sync-secrets")
        .answers(run_response::example_run)
}

async fn apply(call: Call, input: Input<PlanPath, (), Body>) -> Result<Json<Value>> {
    let PlanPath { sync_id, plan_id } = input.params;
    let Body { digest, approve } = input.body;
    let run = plans::apply(&call.app, &call.caller, DESTINATION, sync_id, plan_id, &digest, approve).await?;
    Ok(Json(json!({ "run": run_response::run(&run, Some(&[]))? })))
}
