//! Webhooks of a project.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entities::webhooks::{Column, Entity, Model};
use crate::error::DbError;
use crate::write::WriteTx;

/// A webhook of a project, held until the transaction ends, so that nothing else changes it meanwhile.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn lock(tx: &WriteTx, project_id: Uuid, id: Uuid) -> Result<Option<Model>, DbError> {
    let query = Entity::find_by_id(id).filter(Column::ProjectId.eq(project_id));
    let query = if tx.needs_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.one(tx).await?)
}

/// The webhooks of a project, oldest first; of one environment or for one path when given.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list(
    conn: &impl ConnectionTrait,
    project_id: Uuid,
    environment_id: Option<Uuid>,
    secret_path: Option<&str>,
) -> Result<Vec<Model>, DbError> {
    let mut query = Entity::find().filter(Column::ProjectId.eq(project_id));
    if let Some(id) = environment_id {
        query = query.filter(Column::EnvironmentId.eq(id));
    }
    if let Some(path) = secret_path {
        query = query.filter(Column::SecretPath.eq(path));
    }
    Ok(query.order_by_asc(Column::CreatedAtMs).order_by_asc(Column::Id).all(conn).await?)
}

/// The webhooks of a project that are told about events, by id.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_enabled(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find()
        .filter(Column::ProjectId.eq(project_id))
        .filter(Column::IsDisabled.eq(false))
        .order_by_asc(Column::Id)
        .all(conn)
        .await?)
}

/// How many webhooks a project has.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<u64, DbError> {
    Ok(Entity::find().filter(Column::ProjectId.eq(project_id)).count(conn).await?)
}

/// Notes what came of the last call; leaves `updated_at_ms` alone, as nobody changed anything.
///
/// # Errors
/// [`DbError`] when the row cannot be written.
pub async fn set_last_run(tx: &WriteTx, id: Uuid, status: &str, error: Option<&str>, at_ms: i64) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::LastStatus, Expr::value(status))
        .col_expr(Column::LastRunErrorMessage, Expr::value(error.map(str::to_owned)))
        .col_expr(Column::LastRunAtMs, Expr::value(at_ms))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}
