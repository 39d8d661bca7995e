//! Creates a project; the caller becomes its administrator.

use keyferry_domain::Result;
use keyferry_domain::projects::{self, CreateProject, MAX_NAME, MAX_SLUG, TYPES};
use serde_json::{Value, json};

use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, post};
use crate::wire::{Decode, Fields, boolean, enumeration, slug, text};

/// The body; v1 takes slugs of up to 36 characters, v2 of up to 64.
struct Body<const MAX: usize>(CreateProject);

impl<const MAX: usize> Decode for Body<MAX> {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.required("projectName", text().trim().min(1).max(MAX_NAME));
        let description = f.optional("projectDescription", text().trim().max(1024));
        let slug = f.optional("slug", slug(5, MAX).field("Slug"));
        let kind = f.default("type", enumeration(TYPES), "secret-manager");
        let default_environments = f.default("shouldCreateDefaultEnvs", boolean(), true);
        let has_delete_protection = f.default("hasDeleteProtection", boolean(), false);
        Some(Self(CreateProject {
            name: name?,
            description: description?,
            slug: slug?,
            kind: kind?.to_owned(),
            default_environments: default_environments?,
            has_delete_protection: has_delete_protection?,
        }))
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        post("/api/v1/projects", create::<36>)
            .id("createProject")
            .tag(TAG)
            .summary("Create a project")
            .permission("workspace:create")
            .answers(|| json!({ "project": response::example() })),
        post("/api/v2/workspace", create::<MAX_SLUG>)
            .id("createWorkspaceV2")
            .tag(TAG)
            .summary("Create a project")
            .permission("workspace:create")
            .answers(|| json!({ "project": response::example() })),
    ]
}

async fn create<const MAX: usize>(call: Call, input: Input<(), (), Body<MAX>>) -> Result<Json<Value>> {
    let project = projects::create(&call.app, &call.caller, input.body.0).await?;
    Ok(Json(json!({ "project": response::project(&project) })))
}
