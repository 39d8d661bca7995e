//! `PATCH /api/v1/webhooks/{webhookId}`.

use keyferry_domain::Result;
use keyferry_domain::webhooks::{self, Event, UpdateWebhook};
use serde_json::{Value, json};

use super::fields::{WebhookPath, events};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, patch};
use crate::wire::{Decode, Fields, boolean};

pub(super) struct Body {
    is_disabled: Option<bool>,
    events: Option<Vec<Event>>,
}

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let is_disabled = f.optional("isDisabled", boolean());
        let events = f.optional("eventsFilter", events());
        Some(Self { is_disabled: is_disabled?, events: events? })
    }
}

pub(super) fn endpoint() -> Endpoint {
    patch("/api/v1/webhooks/{webhookId}", update)
        .id("updateWebhook")
        .tag(TAG)
        .summary("Switch a webhook on or off, or choose its events")
        .permission("webhooks:edit")
        .answers(|| json!({ "message": "Successfully updated webhook", "webhook": response::example() }))
}

async fn update(call: Call, input: Input<WebhookPath, (), Body>) -> Result<Json<Value>> {
    let Body { is_disabled, events } = input.body;
    let id = input.params.id()?;
    let changed = webhooks::update(&call.app, &call.caller, id, UpdateWebhook { is_disabled, events }).await?;
    Ok(Json(json!({ "message": "Successfully updated webhook", "webhook": response::webhook(&changed) })))
}
