//! Environments of a project.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entities::environments::{Column, Entity, Model};
use crate::error::DbError;
use crate::write::WriteTx;

/// An environment of a project by slug.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_by_slug(conn: &impl ConnectionTrait, project_id: Uuid, slug: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::ProjectId.eq(project_id)).filter(Column::Slug.eq(slug)).one(conn).await?)
}

/// An environment of a project by id.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_in_project(conn: &impl ConnectionTrait, project_id: Uuid, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).filter(Column::ProjectId.eq(project_id)).one(conn).await?)
}

/// The environments of a project in their order.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<Vec<Model>, DbError> {
    list_of(conn, &[project_id]).await
}

/// The environments of several projects, each project's in their order.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_of(conn: &impl ConnectionTrait, project_ids: &[Uuid]) -> Result<Vec<Model>, DbError> {
    if project_ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(Entity::find()
        .filter(Column::ProjectId.is_in(project_ids.iter().copied()))
        .order_by_asc(Column::ProjectId)
        .order_by_asc(Column::Position)
        .order_by_asc(Column::Id)
        .all(conn)
        .await?)
}

/// Adds `by` to the positions from `from` up to and including `to` (`None`: to the end).
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn shift(tx: &WriteTx, project_id: Uuid, from: i32, to: Option<i32>, by: i32) -> Result<(), DbError> {
    let mut update = Entity::update_many()
        .col_expr(Column::Position, Expr::col(Column::Position).add(by))
        .filter(Column::ProjectId.eq(project_id))
        .filter(Column::Position.gte(from));
    if let Some(to) = to {
        update = update.filter(Column::Position.lte(to));
    }
    update.exec(tx).await?;
    Ok(())
}
