//! Service tokens of a project.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entities::service_tokens::{Column, Entity, Model};
use crate::error::DbError;
use crate::write::WriteTx;

/// The service tokens of a project, newest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find()
        .filter(Column::ProjectId.eq(project_id))
        .order_by_desc(Column::CreatedAtMs)
        .order_by_desc(Column::Id)
        .all(conn)
        .await?)
}

/// How many service tokens a project has.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<u64, DbError> {
    Ok(Entity::find().filter(Column::ProjectId.eq(project_id)).count(conn).await?)
}

/// Notes a use.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn touch(tx: &WriteTx, id: Uuid, now_ms: i64) -> Result<(), DbError> {
    Entity::update_many().col_expr(Column::LastUsedAtMs, Expr::value(now_ms)).filter(Column::Id.eq(id)).exec(tx).await?;
    Ok(())
}
