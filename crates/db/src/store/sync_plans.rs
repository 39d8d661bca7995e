//! Stored plans.

use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::entities::secret_syncs;
use crate::entities::sync_plans::{Column, Entity, Model};
use crate::error::DbError;
use crate::write::WriteTx;

/// A plan of a project.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find(conn: &impl ConnectionTrait, project_id: Uuid, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).filter(Column::ProjectId.eq(project_id)).one(conn).await?)
}

/// Forgets plans that ended, except those whose deletions still wait for a yes.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn delete_expired(tx: &WriteTx, project_id: Uuid, now_ms: i64) -> Result<(), DbError> {
    let waiting = Query::select()
        .column(secret_syncs::Column::PendingPlanId)
        .from(secret_syncs::Entity)
        .and_where(secret_syncs::Column::ProjectId.eq(project_id))
        .and_where(secret_syncs::Column::PendingPlanId.is_not_null())
        .to_owned();
    Entity::delete_many()
        .filter(Column::ProjectId.eq(project_id))
        .filter(Column::ExpiresAtMs.lt(now_ms))
        .filter(Column::Id.not_in_subquery(waiting))
        .exec(tx)
        .await?;
    Ok(())
}
