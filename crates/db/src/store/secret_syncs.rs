//! Secret syncs.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entities::secret_syncs::{Column, Entity, Model};
use crate::error::DbError;

/// The syncs that use a connection, by name.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_of_connection(conn: &impl ConnectionTrait, org_id: Uuid, connection_id: Uuid) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find()
        .filter(Column::OrgId.eq(org_id))
        .filter(Column::ConnectionId.eq(connection_id))
        .order_by_asc(Column::Name)
        .all(conn)
        .await?)
}
