//! `GET /api/v1/webhooks/{webhookId}`.

use keyferry_domain::{Result, webhooks};
use serde_json::{Value, json};

use super::fields::WebhookPath;
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};

pub(super) fn endpoint() -> Endpoint {
    get("/api/v1/webhooks/{webhookId}", by_id)
        .id("getWebhook")
        .tag(TAG)
        .summary("Get a webhook")
        .permission("webhooks:read")
        .answers(|| json!({ "webhook": response::example() }))
}

async fn by_id(call: Call, input: Input<WebhookPath>) -> Result<Json<Value>> {
    let found = webhooks::get(&call.app, &call.caller, input.params.id()?).await?;
    Ok(Json(json!({ "webhook": response::webhook(&found) })))
}
