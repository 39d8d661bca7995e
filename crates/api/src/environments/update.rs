//! Renames or moves an environment.

use keyferry_domain::Result;
use keyferry_domain::environments::{self, MAX_SLUG, UpdateEnvironment};
use serde_json::Value;

use super::{Params, TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, patch};
use crate::wire::{Codec as _, Decode, Fields, int, slug, text};

const MESSAGE: &str = "Successfully updated environment";

struct Body(UpdateEnvironment);

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.optional("name", text().trim().min(1));
        let slug = f.optional("slug", slug(1, MAX_SLUG).field("Slug"));
        let position = f.optional("position", int().min(1).map(|p| i32::try_from(p).unwrap_or(i32::MAX)));
        Some(Self(UpdateEnvironment { name: name?, slug: slug?, position: position? }))
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    [
        ("/api/v1/projects/{projectId}/environments/{envId}", "updateProjectEnvironment"),
        ("/api/v1/workspace/{projectId}/environments/{envId}", "updateWorkspaceEnvironment"),
    ]
    .map(|(path, id)| {
        patch(path, update)
            .id(id)
            .tag(TAG)
            .summary("Change an environment")
            .permission("environments:edit")
            .answers(|| response::changed_example(MESSAGE))
    })
    .into()
}

async fn update(call: Call, input: Input<Params, (), Body>) -> Result<Json<Value>> {
    let (project_id, id) = input.params.ids()?;
    let row = environments::update(&call.app, &call.caller, project_id, id, input.body.0).await?;
    Ok(Json(response::changed(MESSAGE, &row)))
}
