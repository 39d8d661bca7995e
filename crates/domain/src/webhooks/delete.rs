//! Deletes a webhook.

use uuid::Uuid;

use super::view::{Webhook, find_permitted, not_found, view};
use crate::app::App;
use crate::audit;
use crate::caller::Caller;
use crate::error::Result;

/// Deletes a webhook and answers it as it was. What it has not been told yet it is not told any more.
///
/// # Errors
/// 404 for an unknown webhook, 404 and 403 as reading its project, 403 without `delete`.
pub async fn delete(app: &App, caller: &Caller, id: Uuid) -> Result<Webhook> {
    let row = find_permitted(app, caller, id, "delete").await?;
    let tx = app.db.begin().await?;
    let row = keyferry_db::webhooks::lock(&tx, row.project_id, id).await?.ok_or_else(|| not_found(id))?;
    let webhook = view(app, &tx, row).await?;
    keyferry_db::delete(&tx, webhook.row.clone()).await?;
    audit::record(app, &tx, caller, webhook.audit_event(caller, "delete-webhook")).await?;
    tx.commit().await?;
    Ok(webhook)
}
