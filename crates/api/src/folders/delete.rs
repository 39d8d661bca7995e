//! Deletes a folder with everything in it.

use keyferry_domain::{Result, folders};
use serde_json::{Value, json};

use super::scope::{Params, Scope, V1, V2, Version};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let described = |endpoint: Endpoint, id| {
        endpoint
            .id(id)
            .tag(TAG)
            .summary("Delete a folder")
            .permission("secret-folders:delete")
            .answers(|| json!({ "folder": response::example(), "folders": [response::example()] }))
    };
    vec![
        described(delete("/api/v1/folders/{folderId}", remove::<V1>), "deleteFolderV1"),
        described(delete("/api/v2/folders/{folderId}", remove::<V2>), "deleteFolder"),
    ]
}

async fn remove<V: Version>(call: Call, input: Input<Params, (), Scope<V>>) -> Result<Json<Value>> {
    let Input { params, body: scope, .. } = input;
    let project_id = scope.project_id.get()?;
    let row = folders::delete(&call.app, &call.caller, project_id, &scope.environment, &scope.path, &params.0).await?;
    // Some clients read `folder`, an older one declares `folders`.
    Ok(Json(json!({ "folder": response::folder(&row), "folders": [response::folder(&row)] })))
}
