//! Creates, changes and deletes tags.

use keyferry_domain::Result;
use keyferry_domain::tags::{self, MAX_SLUG};
use serde_json::{Value, json};

use super::{Params, TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete, patch, post};
use crate::projects::params::InProject;
use crate::wire::{Decode, Fields, slug, text};

struct NewTag {
    slug: String,
    color: Option<String>,
}

impl Decode for NewTag {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let slug = f.required("slug", slug(1, MAX_SLUG).field("Slug"));
        let color = f.optional("color", text().trim());
        Some(Self { slug: slug?, color: color? })
    }
}

struct TagChange {
    slug: Option<String>,
    color: Option<String>,
}

impl Decode for TagChange {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let slug = f.optional("slug", slug(1, MAX_SLUG).field("Slug"));
        let color = f.optional("color", text().trim());
        Some(Self { slug: slug?, color: color? })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let described = |endpoint: Endpoint, id, summary, permission| {
        endpoint.id(id).tag(TAG).summary(summary).permission(permission).answers(|| json!({ "tag": response::example() }))
    };
    vec![
        described(post("/api/v1/projects/{projectId}/tags", create), "createProjectTag", "Create a tag", "tags:create"),
        described(post("/api/v1/workspace/{projectId}/tags", create), "createWorkspaceTag", "Create a tag", "tags:create"),
        described(patch("/api/v1/projects/{projectId}/tags/{tagId}", update), "updateProjectTag", "Change a tag", "tags:edit"),
        described(patch("/api/v1/workspace/{projectId}/tags/{tagId}", update), "updateWorkspaceTag", "Change a tag", "tags:edit"),
        described(delete("/api/v1/projects/{projectId}/tags/{tagId}", remove), "deleteProjectTag", "Delete a tag", "tags:delete"),
        described(
            delete("/api/v1/workspace/{projectId}/tags/{tagId}", remove),
            "deleteWorkspaceTag",
            "Delete a tag",
            "tags:delete",
        ),
    ]
}

async fn create(call: Call, input: Input<InProject, (), NewTag>) -> Result<Json<Value>> {
    let NewTag { slug, color } = input.body;
    let row = tags::create(&call.app, &call.caller, input.params.id()?, &slug, color).await?;
    Ok(Json(json!({ "tag": response::tag(&row) })))
}

async fn update(call: Call, input: Input<Params, (), TagChange>) -> Result<Json<Value>> {
    let (project_id, id) = input.params.ids()?;
    let TagChange { slug, color } = input.body;
    let row = tags::update(&call.app, &call.caller, project_id, id, slug, color).await?;
    Ok(Json(json!({ "tag": response::tag(&row) })))
}

async fn remove(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    let (project_id, id) = input.params.ids()?;
    let row = tags::delete(&call.app, &call.caller, project_id, id).await?;
    Ok(Json(json!({ "tag": response::tag(&row) })))
}
