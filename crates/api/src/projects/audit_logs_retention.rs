//! How long a project's audit rows are kept.

use keyferry_domain::Result;
use keyferry_domain::projects;
use serde_json::{Value, json};

use super::params::BySlug;
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, put};
use crate::wire::{Codec as _, Decode, Fields, int};

const MESSAGE: &str = "Successfully updated project's audit logs retention period";

struct Body {
    days: i32,
}

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let days = int().min(0).max(i64::from(i32::MAX)).map(|days| i32::try_from(days).unwrap_or(i32::MAX));
        let days = f.required("auditLogsRetentionDays", days);
        Some(Self { days: days? })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        put("/api/v1/workspace/{slug}/audit-logs-retention", update)
            .id("updateWorkspaceAuditLogsRetention")
            .tag(TAG)
            .summary("Set how many days audit logs are kept")
            .permission("workspace:edit")
            .answers(|| json!({ "message": MESSAGE, "workspace": response::example() })),
    ]
}

async fn update(call: Call, input: Input<BySlug, (), Body>) -> Result<Json<Value>> {
    let Input { params, body, .. } = input;
    let project = projects::set_audit_logs_retention(&call.app, &call.caller, &params.0, body.days).await?;
    Ok(Json(json!({ "message": MESSAGE, "workspace": response::project(&project) })))
}
