//! Changes of many secrets that can be undone.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::entities::secret_changes::{Column, Entity, Model};
use crate::error::DbError;
use crate::write::WriteTx;

/// A change of a project by id.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_in_project(conn: &impl ConnectionTrait, project_id: Uuid, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).filter(Column::ProjectId.eq(project_id)).one(conn).await?)
}

/// Forgets the changes of a project that are older than a time, in milliseconds since the Unix epoch.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn delete_before(tx: &WriteTx, project_id: Uuid, before_ms: i64) -> Result<(), DbError> {
    Entity::delete_many().filter(Column::ProjectId.eq(project_id)).filter(Column::CreatedAtMs.lt(before_ms)).exec(tx).await?;
    Ok(())
}
