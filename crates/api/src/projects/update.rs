//! Changes a project's settings.

use keyferry_domain::Result;
use keyferry_domain::projects::{self, MAX_NAME, MAX_SLUG, UpdateProject, is_valid_slug};
use serde_json::{Value, json};

use super::params::{BySlug, InProject};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, patch};
use crate::wire::{Codec as _, Decode, Fields, boolean, int, list, text};

const SLUG_MESSAGE: &str = "Project slug can only contain lowercase letters and numbers, with optional single hyphens (-) or \
                            underscores (_) between words. Cannot start or end with a hyphen or underscore.";

struct Body(UpdateProject);

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.optional("name", text().trim().min(1).max(MAX_NAME));
        let description = f.nullable("description", text().trim().max(1024));
        let auto_capitalization = f.optional("autoCapitalization", boolean());
        let has_delete_protection = f.optional("hasDeleteProtection", boolean());
        let slug = f.optional("slug", text().trim().max(MAX_SLUG).check(is_valid_slug, SLUG_MESSAGE));
        let secret_sharing = f.optional("secretSharing", boolean());
        let show_snapshots_legacy = f.optional("showSnapshotsLegacy", boolean());
        let secret_detection_ignore_values = f.optional("secretDetectionIgnoreValues", list(text()));
        let pit_version_limit = f.optional("pitVersionLimit", int().min(1).max(100).map(small));
        let enforce_encrypted_metadata = f.optional("enforceEncryptedSecretManagerSecretMetadata", boolean());
        Some(Self(UpdateProject {
            name: name?,
            description: description?,
            slug: slug?,
            auto_capitalization: auto_capitalization?,
            has_delete_protection: has_delete_protection?,
            secret_sharing: secret_sharing?,
            show_snapshots_legacy: show_snapshots_legacy?,
            secret_detection_ignore_values: secret_detection_ignore_values?,
            pit_version_limit: pit_version_limit?,
            enforce_encrypted_metadata: enforce_encrypted_metadata?,
        }))
    }
}

/// A number whose bounds were checked before.
fn small(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        patch("/api/v1/projects/{projectId}", by_id)
            .id("updateProject")
            .tag(TAG)
            .summary("Change a project's settings")
            .permission("settings:edit")
            .answers(|| json!({ "project": response::example() })),
        patch("/api/v1/workspace/{projectId}", by_id_as_workspace)
            .id("updateWorkspace")
            .tag(TAG)
            .summary("Change a project's settings")
            .permission("settings:edit")
            .answers(|| json!({ "workspace": response::example() })),
        patch("/api/v2/workspace/{slug}", by_slug)
            .id("updateWorkspaceBySlugV2")
            .tag(TAG)
            .summary("Change a project's settings")
            .permission("settings:edit")
            .answers(response::example),
    ]
}

async fn by_id(call: Call, input: Input<InProject, (), Body>) -> Result<Json<Value>> {
    let project = projects::update(&call.app, &call.caller, input.params.id()?, input.body.0).await?;
    Ok(Json(json!({ "project": response::project(&project) })))
}

async fn by_id_as_workspace(call: Call, input: Input<InProject, (), Body>) -> Result<Json<Value>> {
    let project = projects::update(&call.app, &call.caller, input.params.id()?, input.body.0).await?;
    Ok(Json(json!({ "workspace": response::project(&project) })))
}

async fn by_slug(call: Call, input: Input<BySlug, (), Body>) -> Result<Json<Value>> {
    let project = projects::update_by_slug(&call.app, &call.caller, &input.params.0, input.body.0).await?;
    Ok(Json(json!(response::project(&project))))
}
