//! What members of projects may do beside their roles.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entities::additional_privileges::{Column, Entity, Model};
use crate::error::DbError;

/// The privileges of these memberships, oldest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list(conn: &impl ConnectionTrait, membership_ids: &[Uuid]) -> Result<Vec<Model>, DbError> {
    let query = Entity::find().filter(Column::MembershipId.is_in(membership_ids.to_vec()));
    Ok(query.order_by_asc(Column::CreatedAtMs).order_by_asc(Column::Id).all(conn).await?)
}

/// A privilege of a membership by its slug.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_by_slug(conn: &impl ConnectionTrait, membership_id: Uuid, slug: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::MembershipId.eq(membership_id)).filter(Column::Slug.eq(slug)).one(conn).await?)
}

/// How many privileges a membership has.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count(conn: &impl ConnectionTrait, membership_id: Uuid) -> Result<u64, DbError> {
    Ok(Entity::find().filter(Column::MembershipId.eq(membership_id)).count(conn).await?)
}
