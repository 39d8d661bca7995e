//! Versions of a secret.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entities::secret_versions::{Column, Entity, Model};
use crate::error::DbError;

/// One version of a secret.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find(conn: &impl ConnectionTrait, secret_id: Uuid, version: i32) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::SecretId.eq(secret_id)).filter(Column::Version.eq(version)).one(conn).await?)
}

/// The versions of a secret, newest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list(conn: &impl ConnectionTrait, secret_id: Uuid, offset: u64, limit: u64) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find()
        .filter(Column::SecretId.eq(secret_id))
        .order_by_desc(Column::Version)
        .offset(offset)
        .limit(limit)
        .all(conn)
        .await?)
}

/// How many versions of a secret are kept.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count(conn: &impl ConnectionTrait, secret_id: Uuid) -> Result<u64, DbError> {
    Ok(Entity::find().filter(Column::SecretId.eq(secret_id)).count(conn).await?)
}
