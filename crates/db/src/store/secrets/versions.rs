//! Versions of a secret.

use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entities::secret_versions::{Column, Entity, Model};
use crate::error::DbError;

/// Pairs in a statement: SQLite bounds how deep a condition may be.
const CHUNK: usize = 200;

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

/// When these versions of secrets were saved, Unix milliseconds, in no order; those that are gone are left out.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn saved_at(conn: &impl ConnectionTrait, versions: &[(Uuid, i32)]) -> Result<Vec<i64>, DbError> {
    let mut saved = Vec::with_capacity(versions.len());
    for chunk in versions.chunks(CHUNK) {
        let any = chunk.iter().fold(Condition::any(), |any, (secret_id, version)| {
            any.add(Column::SecretId.eq(*secret_id).and(Column::Version.eq(*version)))
        });
        let found = Entity::find().select_only().column(Column::CreatedAtMs).filter(any);
        saved.extend(found.into_tuple::<i64>().all(conn).await?);
    }
    Ok(saved)
}

/// All versions of these secrets.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn of_secrets(conn: &impl ConnectionTrait, secret_ids: &[Uuid]) -> Result<Vec<Model>, DbError> {
    let mut rows = Vec::new();
    for chunk in secret_ids.chunks(super::IDS_PER_QUERY) {
        rows.extend(Entity::find().filter(Column::SecretId.is_in(chunk.iter().copied())).all(conn).await?);
    }
    Ok(rows)
}
