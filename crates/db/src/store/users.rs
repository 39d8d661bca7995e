//! People.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::entities::users::{Column, Entity, Model};
use crate::error::DbError;
use crate::write::WriteTx;

/// The user with this sign-in name, in its stored (lower-case) spelling.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_by_username(conn: &impl ConnectionTrait, username: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::Username.eq(username)).one(conn).await?)
}

/// The users with these sign-in names.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_by_usernames(conn: &impl ConnectionTrait, usernames: &[String]) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::Username.is_in(usernames)).all(conn).await?)
}

/// The users with these ids.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_by_ids(conn: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::Id.is_in(ids)).all(conn).await?)
}

/// The user, held until the transaction ends.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn lock(tx: &WriteTx, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}
