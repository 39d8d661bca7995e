//! Wrapped data keys and fingerprint keys.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entities::data_keys::{Column, Entity, Model};
use crate::error::DbError;

/// The keys of an organization (`project_id` none) or of one of its projects, newest version first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list(conn: &impl ConnectionTrait, org_id: Uuid, project_id: Option<Uuid>) -> Result<Vec<Model>, DbError> {
    let query = Entity::find().filter(Column::OrgId.eq(org_id)).order_by_desc(Column::Version);
    let query = match project_id {
        Some(id) => query.filter(Column::ProjectId.eq(id)),
        None => query.filter(Column::ProjectId.is_null()),
    };
    Ok(query.all(conn).await?)
}
