//! Second factors of users: authenticator apps and recovery codes.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entities::{user_recovery_codes, user_totps};
use crate::error::DbError;
use crate::write::WriteTx;

/// A user's authenticator app, confirmed or not.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find(conn: &impl ConnectionTrait, user_id: Uuid) -> Result<Option<user_totps::Model>, DbError> {
    Ok(user_totps::Entity::find_by_id(user_id).one(conn).await?)
}

/// Like [`find`], held until the transaction ends.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn lock(tx: &WriteTx, user_id: Uuid) -> Result<Option<user_totps::Model>, DbError> {
    let query = user_totps::Entity::find_by_id(user_id);
    let query = if tx.needs_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.one(tx).await?)
}

/// Forgets a user's authenticator app and recovery codes; whether there was an app.
///
/// # Errors
/// [`DbError`] when the rows cannot be written.
pub async fn clear(tx: &WriteTx, user_id: Uuid) -> Result<bool, DbError> {
    clear_codes(tx, user_id).await?;
    Ok(user_totps::Entity::delete_by_id(user_id).exec(tx).await?.rows_affected > 0)
}

/// Forgets a user's recovery codes.
///
/// # Errors
/// [`DbError`] when the rows cannot be written.
pub async fn clear_codes(tx: &WriteTx, user_id: Uuid) -> Result<(), DbError> {
    user_recovery_codes::Entity::delete_many().filter(user_recovery_codes::Column::UserId.eq(user_id)).exec(tx).await?;
    Ok(())
}

/// A user's recovery codes that were not used. The user's row of `user_totps` guards them.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_unused(conn: &impl ConnectionTrait, user_id: Uuid) -> Result<Vec<user_recovery_codes::Model>, DbError> {
    Ok(unused(user_id).order_by_asc(user_recovery_codes::Column::Id).all(conn).await?)
}

/// How many recovery codes a user has left.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count_unused(conn: &impl ConnectionTrait, user_id: Uuid) -> Result<u64, DbError> {
    Ok(unused(user_id).count(conn).await?)
}

fn unused(user_id: Uuid) -> sea_orm::Select<user_recovery_codes::Entity> {
    user_recovery_codes::Entity::find()
        .filter(user_recovery_codes::Column::UserId.eq(user_id))
        .filter(user_recovery_codes::Column::UsedAtMs.is_null())
}
