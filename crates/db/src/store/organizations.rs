//! Organizations.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entities::organizations::{Column, Entity, Model};
use crate::error::DbError;

/// The organizations with these ids, by name.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_by_ids(conn: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::Id.is_in(ids)).order_by_asc(Column::Name).order_by_asc(Column::Id).all(conn).await?)
}
