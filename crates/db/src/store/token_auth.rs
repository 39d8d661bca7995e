//! Token auth of identities.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::entities::identity_token_auths::{Column, Entity, Model};
use crate::error::DbError;

/// The method attached to an identity.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_by_identity(conn: &impl ConnectionTrait, identity_id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::IdentityId.eq(identity_id)).one(conn).await?)
}

/// The methods attached to these identities.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_by_identities(conn: &impl ConnectionTrait, identity_ids: &[Uuid]) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::IdentityId.is_in(identity_ids.to_vec())).all(conn).await?)
}
