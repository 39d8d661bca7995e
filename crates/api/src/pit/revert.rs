//! `POST /api/v1/pit/commits/{commitId}/revert`.

use keyferry_domain::Result;
use keyferry_domain::secrets::commits;
use serde_json::{Value, json};

use super::TAG;
use super::fields::CommitId;
use crate::endpoint::{Call, Endpoint, Input, Json, post};
use crate::projects::params::InProject;

pub(super) fn endpoint() -> Endpoint {
    post("/api/v1/pit/commits/{commitId}/revert", revert)
        .id("revertCommit")
        .tag(TAG)
        .summary("Take a commit back, as far as nobody changed the same secrets and folders since")
        .permission("commits:perform-rollback")
        .answers(|| {
            json!({
                "success": true, "message": "Successfully reverted the commit",
                "originalCommitId": "019a0f6c-4ed0-7bd6-a0b6-70d36c2d2d10",
                "revertCommitId|null": "019a0f6d-1c2e-7a31-9a2b-0c3d4e5f6a7b", "changesReverted": 3, "changesKept": 0,
            })
        })
}

async fn revert(call: Call, input: Input<CommitId, (), InProject>) -> Result<Json<Value>> {
    let id = input.params.get()?;
    let done = commits::revert(&call.app, &call.caller, input.body.id()?, id).await?;
    Ok(Json(json!({
        "success": done.commit_id.is_some(),
        "message": if done.commit_id.is_some() {
            "Successfully reverted the commit"
        } else {
            "Everything in this commit was changed since"
        },
        "originalCommitId": id,
        "revertCommitId": done.commit_id,
        "changesReverted": done.restored,
        "changesKept": done.kept.len(),
    })))
}
