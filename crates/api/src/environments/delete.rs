//! Deletes an environment with everything in it.

use keyferry_domain::Result;
use keyferry_domain::environments;
use serde_json::Value;

use super::{Params, TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete};

const MESSAGE: &str = "Successfully deleted environment";

pub(super) fn endpoints() -> Vec<Endpoint> {
    [
        ("/api/v1/projects/{projectId}/environments/{envId}", "deleteProjectEnvironment"),
        ("/api/v1/workspace/{projectId}/environments/{envId}", "deleteWorkspaceEnvironment"),
    ]
    .map(|(path, id)| {
        delete(path, remove)
            .id(id)
            .tag(TAG)
            .summary("Delete an environment")
            .permission("environments:delete")
            .answers(|| response::changed_example(MESSAGE))
    })
    .into()
}

async fn remove(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    let (project_id, id) = input.params.ids()?;
    let row = environments::delete(&call.app, &call.caller, project_id, id).await?;
    Ok(Json(response::changed(MESSAGE, &row)))
}
