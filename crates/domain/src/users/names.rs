//! A user's name.

use keyferry_db::entities::users;

use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::{Actor, Caller};
use crate::error::{Error, Result};

/// Changes the caller's own name.
///
/// # Errors
/// 403 for anybody but a user.
pub async fn rename(app: &App, caller: &Caller, first_name: Option<String>, last_name: Option<String>) -> Result<users::Model> {
    let Actor::User { id, .. } = &caller.actor else {
        return Err(Error::forbidden("Only users have an account"));
    };
    crate::second_factor::require_proved(app.db.read(), caller).await?;
    let tx = app.db.begin().await?;
    let mut row = keyferry_db::users::lock(&tx, *id).await?.ok_or_else(|| Error::not_found("User not found"))?;
    row.first_name = first_name;
    row.last_name = last_name;
    row.updated_at_ms = app.now_ms();
    keyferry_db::update(&tx, row.clone()).await?;
    audit::record(app, &tx, caller, Event::org(caller, "update-user-name", serde_json::json!({"userId": id}))).await?;
    tx.commit().await?;
    Ok(row)
}
