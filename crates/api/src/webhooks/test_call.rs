//! `POST /api/v1/webhooks/{webhookId}/test`.

use keyferry_domain::{Result, webhooks};
use serde_json::{Value, json};

use super::fields::WebhookPath;
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, post};

pub(super) fn endpoint() -> Endpoint {
    post("/api/v1/webhooks/{webhookId}/test", test)
        .id("testWebhook")
        .tag(TAG)
        .summary("Call a webhook once and say what came of it")
        .permission("webhooks:edit")
        .answers(|| json!({ "message": "Successfully tested webhook", "webhook": response::example() }))
}

/// A call that the receiver did not take is an answer all the same: `lastStatus` says it.
async fn test(call: Call, input: Input<WebhookPath>) -> Result<Json<Value>> {
    let tried = webhooks::test(&call.app, &call.caller, input.params.id()?).await?;
    Ok(Json(json!({ "message": "Successfully tested webhook", "webhook": response::webhook(&tried) })))
}
