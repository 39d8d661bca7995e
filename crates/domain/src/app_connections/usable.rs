//! Whether a connection can be used from a place (contract "connections and syncs", section 2.8).

use keyferry_db::Conn;
use keyferry_db::entities::app_connections::Model;
use uuid::Uuid;

use super::{find, require};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// The connection, if the caller may connect with it to `connection_app` from the project (none: from anywhere).
///
/// # Errors
/// 404 for an unknown connection, 403 without `connect`, 400 when it is for another app or belongs to another project.
pub async fn usable(
    app: &App,
    conn: &impl Conn,
    caller: &Caller,
    connection_app: &str,
    connection_id: Uuid,
    project_id: Option<Uuid>,
) -> Result<Model> {
    let row = find(conn, caller, connection_id).await?;
    require(app, conn, caller, &row, "connect").await?;
    if row.app != connection_app {
        let display = |name: &str| {
            app.connectors.find(name).map_or_else(|| name.to_owned(), |connector| connector.descriptor().name.to_owned())
        };
        return Err(Error::bad_request(format!(
            "{} Connection with ID {connection_id} cannot be used to connect to {}",
            display(&row.app),
            display(connection_app)
        )));
    }
    if let (Some(own), Some(wanted)) = (row.project_id, project_id)
        && own != wanted
    {
        return Err(Error::bad_request(format!(
            "You cannot connect project App Connection with ID \"{connection_id}\" from project with ID \"{own}\" to project \
             with ID \"{wanted}\""
        )));
    }
    Ok(row)
}
