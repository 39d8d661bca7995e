//! Tries a webhook out.

use keyferry_db::entities::projects;
use uuid::Uuid;

use super::deliver::Call;
use super::event::Event;
use super::notice::Notice;
use super::view::{Webhook, find_permitted, not_found, view};
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;

/// Calls a webhook once, disabled or not, and answers it with what came of the call.
///
/// # Errors
/// 404 for an unknown webhook, 404 and 403 as reading its project, 403 without `edit`; a call that fails is no error.
pub async fn test(app: &App, caller: &Caller, id: Uuid) -> Result<Webhook> {
    let row = find_permitted(app, caller, id, "edit").await?;
    let conn = app.db.read();
    let webhook = view(app, conn, row).await?;
    let project = keyferry_db::find_by_id::<projects::Model>(conn, webhook.row.project_id).await?.ok_or_else(|| not_found(id))?;
    let notice =
        Notice::new(Event::Test, &project, &webhook.environment, app.now_ms()).at(Some(&webhook.row.secret_path)).by(caller);
    let call = Call { row: &webhook.row, notice: &notice, delivery_id: app.ids.v7(app.now_ms()) };
    let failure = call.make(app).await?;
    let tx = app.db.begin().await?;
    call.note(app, &tx, caller, failure.as_ref(), true).await?;
    let row = keyferry_db::webhooks::lock(&tx, webhook.row.project_id, id).await?.ok_or_else(|| not_found(id))?;
    tx.commit().await?;
    Ok(Webhook { row, ..webhook })
}
