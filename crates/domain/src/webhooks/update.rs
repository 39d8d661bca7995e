//! Switches a webhook on or off, and chooses its events.

use uuid::Uuid;

use super::event::Event;
use super::view::{Webhook, find_permitted, not_found, view};
use crate::app::App;
use crate::audit;
use crate::caller::Caller;
use crate::error::Result;

/// What to change; none leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct UpdateWebhook {
    /// Whether it is told nothing for now.
    pub is_disabled: Option<bool>,
    /// The events it listens to; an empty list for all.
    pub events: Option<Vec<Event>>,
}

/// Changes a webhook.
///
/// # Errors
/// 404 for an unknown webhook, 404 and 403 as reading its project, 403 without `edit`.
pub async fn update(app: &App, caller: &Caller, id: Uuid, input: UpdateWebhook) -> Result<Webhook> {
    let row = find_permitted(app, caller, id, "edit").await?;
    let tx = app.db.begin().await?;
    let mut row = keyferry_db::webhooks::lock(&tx, row.project_id, id).await?.ok_or_else(|| not_found(id))?;
    row.is_disabled = input.is_disabled.unwrap_or(row.is_disabled);
    if let Some(events) = &input.events {
        row.events_filter = Event::store_filter(events);
    }
    row.updated_at_ms = app.now_ms();
    keyferry_db::update(&tx, row.clone()).await?;
    let webhook = view(app, &tx, row).await?;
    audit::record(app, &tx, caller, webhook.audit_event(caller, "update-webhook-status")).await?;
    tx.commit().await?;
    Ok(webhook)
}
