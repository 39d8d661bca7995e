//! `POST /api/v1/pit/commits/{commitId}/rollback`.

use keyferry_domain::Result;
use keyferry_domain::secrets::commits::{self, Rollback};
use serde_json::{Value, json};
use uuid::Uuid;

use super::TAG;
use super::fields::CommitId;
use crate::endpoint::{Call, Endpoint, Input, Json, post};
use crate::projects::params::InProject;
use crate::wire::{Codec as _, Decode, Fields, boolean, text, uuid};

pub(super) struct Body {
    project: InProject,
    folder_id: Uuid,
    is_deep: bool,
    message: Option<String>,
}

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project = InProject::decode(f);
        let folder_id = f.required("folderId", uuid());
        let is_deep = f.default("deepRollback", boolean(), false);
        let message = f.optional("message", text().trim().max(256).blank_is_absent());
        // Where the folder lies follows from the commit; this is taken and not needed.
        f.optional("environment", text().trim());
        Some(Self { project: project?, folder_id: folder_id?, is_deep: is_deep?, message: message? })
    }
}

pub(super) fn endpoint() -> Endpoint {
    post("/api/v1/pit/commits/{commitId}/rollback", rollback)
        .id("rollbackToCommit")
        .tag(TAG)
        .summary("Make a folder what it was after a commit")
        .permission("commits:perform-rollback")
        .answers(|| {
            json!({
                "success": true, "secretChangesCount": 3, "folderChangesCount": 1, "totalChanges": 4,
                "message": "Successfully rolled back", "commitId|null": "019a0f6c-4ed0-7bd6-a0b6-70d36c2d2d10",
            })
        })
}

async fn rollback(call: Call, input: Input<CommitId, (), Body>) -> Result<Json<Value>> {
    let Body { project, folder_id, is_deep, message } = input.body;
    let wanted = Rollback { commit_id: input.params.get()?, folder_id: Some(folder_id), is_deep, message };
    let done = commits::rollback(&call.app, &call.caller, project.id()?, &wanted).await?;
    let total = done.secrets + done.folders;
    Ok(Json(json!({
        "success": true,
        "secretChangesCount": done.secrets,
        "folderChangesCount": done.folders,
        "totalChanges": total,
        "message": if total == 0 { "No changes to roll back" } else { "Successfully rolled back" },
        "commitId": done.commit_id,
    })))
}
