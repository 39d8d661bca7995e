//! Tags of a project.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entities::tags::{Column, Entity, Model};
use crate::error::DbError;

/// The tags of a project, oldest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find()
        .filter(Column::ProjectId.eq(project_id))
        .order_by_asc(Column::CreatedAtMs)
        .order_by_asc(Column::Id)
        .all(conn)
        .await?)
}

/// A tag of a project by id.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_in_project(conn: &impl ConnectionTrait, project_id: Uuid, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).filter(Column::ProjectId.eq(project_id)).one(conn).await?)
}

/// A tag of a project by slug.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_by_slug(conn: &impl ConnectionTrait, project_id: Uuid, slug: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::ProjectId.eq(project_id)).filter(Column::Slug.eq(slug)).one(conn).await?)
}
