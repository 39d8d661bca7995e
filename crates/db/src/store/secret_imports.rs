//! Imports of folders into folders.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entities::secret_imports::{Column, Entity, Model};
use crate::error::DbError;
use crate::write::WriteTx;

/// The imports of a folder, lowest position first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list(conn: &impl ConnectionTrait, folder_id: Uuid) -> Result<Vec<Model>, DbError> {
    list_of(conn, &[folder_id]).await
}

/// The imports of several folders, each folder's by position.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_of(conn: &impl ConnectionTrait, folder_ids: &[Uuid]) -> Result<Vec<Model>, DbError> {
    if folder_ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(Entity::find()
        .filter(Column::FolderId.is_in(folder_ids.iter().copied()))
        .order_by_asc(Column::FolderId)
        .order_by_asc(Column::Position)
        .order_by_asc(Column::Id)
        .all(conn)
        .await?)
}

/// All imports of a project.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_by_project(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::ProjectId.eq(project_id)).order_by_asc(Column::Position).all(conn).await?)
}

/// The imports whose source is that path of that environment.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_by_source(conn: &impl ConnectionTrait, environment_id: Uuid, path: &str) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find()
        .filter(Column::ImportEnvironmentId.eq(environment_id))
        .filter(Column::ImportPath.eq(path))
        .all(conn)
        .await?)
}

/// The imports whose source lies in that environment.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_by_source_environment(conn: &impl ConnectionTrait, environment_id: Uuid) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::ImportEnvironmentId.eq(environment_id)).all(conn).await?)
}

/// An import of a folder by id.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_in_folder(conn: &impl ConnectionTrait, folder_id: Uuid, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).filter(Column::FolderId.eq(folder_id)).one(conn).await?)
}

/// Adds `by` to the positions from `from` up to and including `to` (`None`: to the end).
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn shift(tx: &WriteTx, folder_id: Uuid, from: i32, to: Option<i32>, by: i32) -> Result<(), DbError> {
    let mut update = Entity::update_many()
        .col_expr(Column::Position, Expr::col(Column::Position).add(by))
        .filter(Column::FolderId.eq(folder_id))
        .filter(Column::Position.gte(from));
    if let Some(to) = to {
        update = update.filter(Column::Position.lte(to));
    }
    update.exec(tx).await?;
    Ok(())
}
