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
    Ok(Entity::find()
        .filter(Column::FolderId.eq(folder_id))
        .order_by_asc(Column::Position)
        .order_by_asc(Column::Id)
        .all(conn)
        .await?)
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
