//! Deletes a project with everything in it.

use keyferry_domain::Result;
use keyferry_domain::projects;
use serde_json::{Value, json};

use super::params::{BySlug, InProject};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        delete("/api/v1/projects/{projectId}", by_id)
            .id("deleteProject")
            .tag(TAG)
            .summary("Delete a project")
            .permission("workspace:delete")
            .answers(|| json!({ "project": response::example() })),
        delete("/api/v1/workspace/{projectId}", by_id_as_workspace)
            .id("deleteWorkspace")
            .tag(TAG)
            .summary("Delete a project")
            .permission("workspace:delete")
            .answers(|| json!({ "workspace": response::example() })),
        delete("/api/v2/workspace/{slug}", by_slug)
            .id("deleteWorkspaceBySlugV2")
            .tag(TAG)
            .summary("Delete a project")
            .permission("workspace:delete")
            .answers(response::example),
    ]
}

async fn by_id(call: Call, input: Input<InProject>) -> Result<Json<Value>> {
    let project = projects::delete(&call.app, &call.caller, input.params.id()?).await?;
    Ok(Json(json!({ "project": response::project(&project) })))
}

async fn by_id_as_workspace(call: Call, input: Input<InProject>) -> Result<Json<Value>> {
    let project = projects::delete(&call.app, &call.caller, input.params.id()?).await?;
    Ok(Json(json!({ "workspace": response::project(&project) })))
}

async fn by_slug(call: Call, input: Input<BySlug>) -> Result<Json<Value>> {
    let project = projects::delete_by_slug(&call.app, &call.caller, &input.params.0).await?;
    Ok(Json(json!(response::project(&project))))
}
