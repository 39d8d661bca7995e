//! One environment, by id or by slug.

use keyferry_domain::{Error, Result, environments};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Params, TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};
use crate::projects::params::ProjectId;
use crate::wire::{Decode, Fields, text};

struct BySlug {
    project_id: ProjectId,
    slug: String,
}

impl Decode for BySlug {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project_id = ProjectId::read(f, "projectId");
        let slug = f.required("slug", text().trim());
        Some(Self { project_id: project_id?, slug: slug? })
    }
}

/// The id of an environment of any project.
struct Anywhere(String);

impl Decode for Anywhere {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("envId", text().trim()).map(Self)
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let described = |endpoint: Endpoint, id, summary| {
        endpoint
            .id(id)
            .tag(TAG)
            .summary(summary)
            .permission("environments:read")
            .answers(|| json!({ "environment": response::example() }))
    };
    let by_id_summary = "Get an environment";
    let by_slug_summary = "Get an environment by slug";
    vec![
        described(get("/api/v1/projects/{projectId}/environments/{envId}", by_id), "getProjectEnvironment", by_id_summary),
        described(get("/api/v1/workspace/{projectId}/environments/{envId}", by_id), "getWorkspaceEnvironment", by_id_summary),
        described(
            get("/api/v1/projects/{projectId}/environments/slug/{slug}", by_slug),
            "getProjectEnvironmentBySlug",
            by_slug_summary,
        ),
        described(
            get("/api/v1/workspace/{projectId}/environments/slug/{slug}", by_slug),
            "getWorkspaceEnvironmentBySlug",
            by_slug_summary,
        ),
        described(get("/api/v1/workspace/environments/{envId}", anywhere), "getEnvironment", by_id_summary),
    ]
}

async fn by_id(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    let (project_id, id) = input.params.ids()?;
    let row = environments::get(&call.app, &call.caller, project_id, id).await?;
    Ok(Json(json!({ "environment": response::environment(&row) })))
}

async fn by_slug(call: Call, input: Input<BySlug>) -> Result<Json<Value>> {
    let BySlug { project_id, slug } = input.params;
    let row = environments::get_by_slug(&call.app, &call.caller, project_id.get()?, &slug).await?;
    Ok(Json(json!({ "environment": response::environment(&row) })))
}

async fn anywhere(call: Call, input: Input<Anywhere>) -> Result<Json<Value>> {
    let given = input.params.0;
    let id =
        Uuid::parse_str(&given).map_err(|_not_a_uuid| Error::not_found(format!("Environment with ID '{given}' not found")))?;
    let row = environments::get_anywhere(&call.app, &call.caller, id).await?;
    Ok(Json(json!({ "environment": response::environment(&row) })))
}
