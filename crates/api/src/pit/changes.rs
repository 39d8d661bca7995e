//! `GET /api/v1/pit/commits/{commitId}/changes`.

use keyferry_domain::Result;
use keyferry_domain::secrets::commits;
use serde_json::{Value, json};

use super::fields::CommitId;
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};
use crate::projects::params::InProject;

pub(super) fn endpoint() -> Endpoint {
    get("/api/v1/pit/commits/{commitId}/changes", changes)
        .id("listCommitChanges")
        .tag(TAG)
        .summary("What a commit changed")
        .permission("commits:read")
        .answers(|| {
            let mut changes = response::commit_example();
            if let Some(object) = changes.as_object_mut() {
                object.insert("changes".to_owned(), json!([response::change_example()]));
                object.insert("hiddenChangesCount".to_owned(), json!(0));
            }
            json!({ "changes": changes })
        })
}

async fn changes(call: Call, input: Input<CommitId, InProject>) -> Result<Json<Value>> {
    let found = commits::find(&call.app, &call.caller, input.query.id()?, input.params.get()?).await?;
    let mut changes = response::commit(&found.commit);
    if let Some(object) = changes.as_object_mut() {
        object.insert("changes".to_owned(), found.changes.iter().map(response::change).collect());
        object.insert("hiddenChangesCount".to_owned(), json!(found.hidden));
    }
    Ok(Json(json!({ "changes": changes })))
}
