//! Deletes a connection nothing uses (C9).

use keyferry_db::DbError;
use keyferry_db::entities::app_connections::Model;
use serde_json::json;
use uuid::Uuid;

use super::{event, find_permitted};
use crate::app::App;
use crate::audit;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// Deletes the connection and answers it as it was.
///
/// # Errors
/// 404 for an unknown connection, 403 without `delete`, 400 while a sync still uses it.
pub async fn delete(app: &App, caller: &Caller, connection_app: &str, id: Uuid) -> Result<Model> {
    let tx = app.db.begin().await?;
    let row = find_permitted(app, &tx, caller, connection_app, id, "delete").await?;
    keyferry_db::delete(&tx, row.clone()).await.map_err(|error| match error {
        DbError::ForeignKey(_) => Error::bad_request(
            "Cannot delete App Connection with existing connections. Remove all existing connections and try again.",
        ),
        other => other.into(),
    })?;
    audit::record(app, &tx, caller, event(caller, &row, "delete-app-connection", json!({"connectionId": id}))).await?;
    tx.commit().await?;
    Ok(row)
}
