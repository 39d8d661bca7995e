//! The colour scheme of a person's pages, the same at every browser.

use serde_json::json;

use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::{Actor, Caller};
use crate::error::{Error, Result};

/// The schemes there are.
const THEMES: [&str; 3] = ["system", "light", "dark"];

/// Keeps the caller's colour scheme.
///
/// # Errors
/// 400 for an unknown scheme, 403 for anybody but a user.
pub async fn set_theme(app: &App, caller: &Caller, theme: &str) -> Result<()> {
    let Actor::User { id, .. } = &caller.actor else {
        return Err(Error::forbidden("Only users have an account"));
    };
    if !THEMES.contains(&theme) {
        return Err(Error::bad_request("The theme must be system, light or dark"));
    }
    crate::second_factor::require_proved(app.db.read(), caller).await?;
    let tx = app.db.begin().await?;
    let mut row = keyferry_db::users::lock(&tx, *id).await?.ok_or_else(|| Error::not_found("User not found"))?;
    if row.theme.as_deref() == Some(theme) {
        return Ok(());
    }
    row.theme = Some(theme.to_owned());
    row.updated_at_ms = app.now_ms();
    keyferry_db::update(&tx, row).await?;
    audit::record(app, &tx, caller, Event::org(caller, "update-user-theme", json!({"userId": id, "theme": theme}))).await?;
    tx.commit().await?;
    Ok(())
}
