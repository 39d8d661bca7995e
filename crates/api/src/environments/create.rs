//! Creates an environment.

use keyferry_domain::Result;
use keyferry_domain::environments::{self, CreateEnvironment, MAX_SLUG};
use serde_json::Value;

use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, post};
use crate::projects::params::InProject;
use crate::wire::{Codec as _, Decode, Fields, int, slug, text};

const MESSAGE: &str = "Successfully created new environment";

struct Body(CreateEnvironment);

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.required("name", text().trim().min(1));
        let slug = f.required("slug", slug(1, MAX_SLUG).field("Slug"));
        let position = f.optional("position", int().min(1).map(|p| i32::try_from(p).unwrap_or(i32::MAX)));
        Some(Self(CreateEnvironment { name: name?, slug: slug?, position: position? }))
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    [
        ("/api/v1/projects/{projectId}/environments", "createProjectEnvironment"),
        ("/api/v1/workspace/{projectId}/environments", "createWorkspaceEnvironment"),
    ]
    .map(|(path, id)| {
        post(path, create)
            .id(id)
            .tag(TAG)
            .summary("Create an environment")
            .permission("environments:create")
            .answers(|| response::changed_example(MESSAGE))
    })
    .into()
}

async fn create(call: Call, input: Input<InProject, (), Body>) -> Result<Json<Value>> {
    let made = environments::create(&call.app, &call.caller, input.params.id()?, input.body.0).await?;
    Ok(Json(response::changed(MESSAGE, &made)))
}
