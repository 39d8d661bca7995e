//! The one row of the installation.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::entities::server_settings::{Column, Entity, Model};
use crate::error::DbError;
use crate::write::WriteTx;

/// Primary key of the only row.
pub const ID: i32 = 1;

/// The row; `None` in a new database.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find(conn: &impl ConnectionTrait) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(ID).one(conn).await?)
}

/// Marks the installation as set up and forgets its setup token; whether this call was the one that did so.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn claim(tx: &WriteTx, now_ms: i64) -> Result<bool, DbError> {
    let done = Entity::update_many()
        .col_expr(Column::IsInitialized, Expr::value(true))
        .col_expr(Column::SetupTokenHash, Expr::value(None::<Vec<u8>>))
        .col_expr(Column::UpdatedAtMs, Expr::value(now_ms))
        .filter(Column::Id.eq(ID))
        .filter(Column::IsInitialized.eq(false))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}
