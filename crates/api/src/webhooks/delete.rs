//! `DELETE /api/v1/webhooks/{webhookId}`.

use keyferry_domain::{Result, webhooks};
use serde_json::{Value, json};

use super::fields::WebhookPath;
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete};

pub(super) fn endpoint() -> Endpoint {
    delete("/api/v1/webhooks/{webhookId}", remove)
        .id("deleteWebhook")
        .tag(TAG)
        .summary("Delete a webhook")
        .permission("webhooks:delete")
        .answers(|| json!({ "message": "Successfully deleted webhook", "webhook": response::example() }))
}

async fn remove(call: Call, input: Input<WebhookPath>) -> Result<Json<Value>> {
    let gone = webhooks::delete(&call.app, &call.caller, input.params.id()?).await?;
    Ok(Json(json!({ "message": "Successfully deleted webhook", "webhook": response::webhook(&gone) })))
}
