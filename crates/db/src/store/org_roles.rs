//! Custom roles of organizations.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entities::org_roles::{Column, Entity, Model};
use crate::error::DbError;

/// An organization's custom roles, by slug.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list(conn: &impl ConnectionTrait, org_id: Uuid) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::OrgId.eq(org_id)).order_by_asc(Column::Slug).all(conn).await?)
}

/// An organization's custom role by its slug.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_by_slug(conn: &impl ConnectionTrait, org_id: Uuid, slug: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::OrgId.eq(org_id)).filter(Column::Slug.eq(slug)).one(conn).await?)
}
