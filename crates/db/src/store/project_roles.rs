//! Custom roles of projects.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entities::project_roles::{Column, Entity, Model};
use crate::error::DbError;

/// A project's custom roles, by slug.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::ProjectId.eq(project_id)).order_by_asc(Column::Slug).all(conn).await?)
}

/// A project's custom role by its id.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find(conn: &impl ConnectionTrait, project_id: Uuid, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).filter(Column::ProjectId.eq(project_id)).one(conn).await?)
}

/// A project's custom role by its slug.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_by_slug(conn: &impl ConnectionTrait, project_id: Uuid, slug: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::ProjectId.eq(project_id)).filter(Column::Slug.eq(slug)).one(conn).await?)
}

/// The custom roles with these slugs.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_by_slugs(conn: &impl ConnectionTrait, project_id: Uuid, slugs: &[String]) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::ProjectId.eq(project_id)).filter(Column::Slug.is_in(slugs)).all(conn).await?)
}

/// The custom roles with these ids.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_by_ids(conn: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::Id.is_in(ids)).all(conn).await?)
}
