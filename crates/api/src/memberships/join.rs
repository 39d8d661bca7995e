//! An administrator of the organization joins a project (core API contract, section 7.8).

use keyferry_domain::{Result, memberships};
use serde_json::{Value, json};

use super::fields::Project;
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, post};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        post("/api/v1/organization-admin/projects/{projectId}/grant-admin-access", join)
            .id("grantProjectAdminAccess")
            .tag(TAG)
            .summary("Join a project of the organization as its administrator")
            .permission("organization-admin-console:access-all-projects")
            .answers(|| json!({ "membership": response::example_row() })),
    ]
}

async fn join(call: Call, input: Input<Project>) -> Result<Json<Value>> {
    let row = memberships::grant_admin_access(&call.app, &call.caller, input.params.id).await?;
    Ok(Json(json!({ "membership": response::row(&row) })))
}
