//! Sign-ins of users.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entities::sessions::{Column, Entity, Model};
use crate::error::DbError;
use crate::write::WriteTx;

/// The session, held until the transaction ends.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn lock(tx: &WriteTx, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// A user's sessions that are neither revoked nor expired, last used first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_live(conn: &impl ConnectionTrait, user_id: Uuid, now_ms: i64) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find()
        .filter(Column::UserId.eq(user_id))
        .filter(Column::RevokedAtMs.is_null())
        .filter(Column::ExpiresAtMs.gt(now_ms))
        .order_by_desc(Column::LastUsedAtMs)
        .all(conn)
        .await?)
}

/// Revokes one session of a user; whether there was one to revoke.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn revoke(tx: &WriteTx, user_id: Uuid, id: Uuid, now_ms: i64) -> Result<bool, DbError> {
    let done = revocation(now_ms).filter(Column::UserId.eq(user_id)).filter(Column::Id.eq(id)).exec(tx).await?;
    Ok(done.rows_affected > 0)
}

/// Revokes every session of a user but, where given, one; how many.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn revoke_all(tx: &WriteTx, user_id: Uuid, except: Option<Uuid>, now_ms: i64) -> Result<u64, DbError> {
    let query = revocation(now_ms).filter(Column::UserId.eq(user_id));
    let query = match except {
        Some(id) => query.filter(Column::Id.ne(id)),
        None => query,
    };
    Ok(query.exec(tx).await?.rows_affected)
}

fn revocation(now_ms: i64) -> sea_orm::UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::RevokedAtMs, Expr::value(now_ms))
        .col_expr(Column::AccessVersion, Expr::col(Column::AccessVersion).add(1))
        .col_expr(Column::UpdatedAtMs, Expr::value(now_ms))
        .filter(Column::RevokedAtMs.is_null())
}

/// Notes that the session was used.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn touch(tx: &WriteTx, id: Uuid, now_ms: i64) -> Result<(), DbError> {
    Entity::update_many().col_expr(Column::LastUsedAtMs, Expr::value(now_ms)).filter(Column::Id.eq(id)).exec(tx).await?;
    Ok(())
}
