//! Lists tags and finds one.

use keyferry_domain::{Result, tags};
use serde_json::{Value, json};

use super::{Params, TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};
use crate::projects::params::{InProject, ProjectId};
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

pub(super) fn endpoints() -> Vec<Endpoint> {
    let described = |endpoint: Endpoint, id, summary| endpoint.id(id).tag(TAG).summary(summary).permission("tags:read");
    let many = || json!({ "tags": [response::example()] });
    let one = || json!({ "tag": response::example() });
    vec![
        described(get("/api/v1/projects/{projectId}/tags", list), "listProjectTags", "List tags").answers(many),
        described(get("/api/v1/workspace/{projectId}/tags", list), "listWorkspaceTags", "List tags").answers(many),
        described(get("/api/v1/projects/{projectId}/tags/{tagId}", by_id), "getProjectTag", "Get a tag").answers(one),
        described(get("/api/v1/workspace/{projectId}/tags/{tagId}", by_id), "getWorkspaceTag", "Get a tag").answers(one),
        described(get("/api/v1/projects/{projectId}/tags/slug/{slug}", by_slug), "getProjectTagBySlug", "Get a tag by slug")
            .answers(one),
        described(get("/api/v1/workspace/{projectId}/tags/slug/{slug}", by_slug), "getWorkspaceTagBySlug", "Get a tag by slug")
            .answers(one),
    ]
}

async fn list(call: Call, input: Input<InProject>) -> Result<Json<Value>> {
    let rows = tags::list(&call.app, &call.caller, input.params.id()?).await?;
    Ok(Json(json!({ "tags": rows.iter().map(response::tag).collect::<Vec<_>>() })))
}

async fn by_id(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    let (project_id, id) = input.params.ids()?;
    let row = tags::get(&call.app, &call.caller, project_id, id).await?;
    Ok(Json(json!({ "tag": response::tag(&row) })))
}

async fn by_slug(call: Call, input: Input<BySlug>) -> Result<Json<Value>> {
    let BySlug { project_id, slug } = input.params;
    let row = tags::get_by_slug(&call.app, &call.caller, project_id.get()?, &slug).await?;
    Ok(Json(json!({ "tag": response::tag(&row) })))
}
