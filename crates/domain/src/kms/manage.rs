//! Changes and deletes keys.

use uuid::Uuid;

use super::create::require_free;
use super::{Key, event, find_permitted, not_found};
use crate::app::App;
use crate::audit;
use crate::caller::Caller;
use crate::error::Result;

/// What to change; none leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct UpdateKey {
    /// The name.
    pub name: Option<String>,
    /// What people should know.
    pub description: Option<String>,
    /// Whether it refuses to work.
    pub is_disabled: Option<bool>,
}

/// Changes a key's name, description, or whether it works.
///
/// # Errors
/// 404 for an unknown key, 403 as reading its project and without `edit`, 400 for a name that is taken.
pub async fn update(app: &App, caller: &Caller, id: Uuid, input: UpdateKey) -> Result<Key> {
    let found = find_permitted(app, caller, id, "edit").await?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, found.project_id).await?;
    let mut row = keyferry_db::kms_keys::lock(&tx, id).await?.ok_or_else(|| not_found(id))?;
    if let Some(name) = input.name {
        require_free(&tx, row.project_id, &name, Some(id)).await?;
        row.name = name;
    }
    row.description = input.description.unwrap_or(row.description);
    row.is_disabled = input.is_disabled.unwrap_or(row.is_disabled);
    row.updated_at_ms = app.now_ms();
    keyferry_db::update(&tx, row.clone()).await?;
    audit::record(app, &tx, caller, event(caller, &row, "update-cmek")).await?;
    tx.commit().await?;
    Ok(row)
}

/// Deletes a key for good: what it encrypted cannot be opened any more.
///
/// # Errors
/// 404 for an unknown key, 403 as reading its project and without `delete`.
pub async fn delete(app: &App, caller: &Caller, id: Uuid) -> Result<Key> {
    find_permitted(app, caller, id, "delete").await?;
    let tx = app.db.begin().await?;
    let row = keyferry_db::kms_keys::lock(&tx, id).await?.ok_or_else(|| not_found(id))?;
    keyferry_db::delete(&tx, row.clone()).await?;
    audit::record(app, &tx, caller, event(caller, &row, "delete-cmek")).await?;
    tx.commit().await?;
    Ok(row)
}
