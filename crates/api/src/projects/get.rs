//! One project, by id or by slug. By slug the answer is the project itself, without a field around it.

use keyferry_domain::Result;
use keyferry_domain::projects;
use serde_json::{Value, json};

use super::params::{BySlug, InProject};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/api/v1/projects/{projectId}", by_id)
            .id("getProject")
            .tag(TAG)
            .summary("Get a project")
            .permission("none")
            .answers(|| json!({ "project": response::example() })),
        get("/api/v1/workspace/{projectId}", by_id_as_workspace)
            .id("getWorkspace")
            .tag(TAG)
            .summary("Get a project")
            .permission("none")
            .answers(|| json!({ "workspace": response::example() })),
        get("/api/v1/projects/slug/{slug}", by_slug)
            .id("getProjectBySlug")
            .tag(TAG)
            .summary("Get a project by slug")
            .permission("none")
            .answers(response::example),
        get("/api/v1/workspace/slug/{slug}", by_slug)
            .id("getWorkspaceBySlug")
            .tag(TAG)
            .summary("Get a project by slug")
            .permission("none")
            .answers(response::example),
        get("/api/v2/workspace/{slug}", by_slug)
            .id("getWorkspaceBySlugV2")
            .tag(TAG)
            .summary("Get a project by slug")
            .permission("none")
            .answers(response::example),
    ]
}

async fn by_id(call: Call, input: Input<InProject>) -> Result<Json<Value>> {
    let project = projects::get(&call.app, &call.caller, input.params.id()?).await?;
    Ok(Json(json!({ "project": response::project(&project) })))
}

async fn by_id_as_workspace(call: Call, input: Input<InProject>) -> Result<Json<Value>> {
    let project = projects::get(&call.app, &call.caller, input.params.id()?).await?;
    Ok(Json(json!({ "workspace": response::project(&project) })))
}

async fn by_slug(call: Call, input: Input<BySlug>) -> Result<Json<Value>> {
    let project = projects::get_by_slug(&call.app, &call.caller, &input.params.0).await?;
    Ok(Json(json!(response::project(&project))))
}
