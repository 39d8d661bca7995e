//! Which secrets refer to which places.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use crate::entities::secret_references::{Column, Entity};
use crate::entities::secrets;
use crate::error::DbError;
use crate::write::WriteTx;

/// The folders of shared secrets that refer to any secret at a place.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn folders_referring_to(
    conn: &impl ConnectionTrait,
    project_id: Uuid,
    environment: &str,
    secret_path: &str,
) -> Result<Vec<Uuid>, DbError> {
    let secret_ids = Entity::find()
        .select_only()
        .column(Column::SecretId)
        .filter(Column::ProjectId.eq(project_id))
        .filter(Column::Environment.eq(environment))
        .filter(Column::SecretPath.eq(secret_path))
        .into_query();
    Ok(secrets::Entity::find()
        .select_only()
        .column(secrets::Column::FolderId)
        .distinct()
        .filter(secrets::Column::Id.in_subquery(secret_ids))
        .filter(secrets::Column::OwnerId.eq(Uuid::nil()))
        .into_tuple::<Uuid>()
        .all(conn)
        .await?)
}

/// The secrets of a project that refer to this one by its absolute name.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn secrets_referring_to(
    conn: &impl ConnectionTrait,
    project_id: Uuid,
    environment: &str,
    secret_path: &str,
    secret_key: &str,
) -> Result<Vec<secrets::Model>, DbError> {
    let secret_ids = Entity::find()
        .select_only()
        .column(Column::SecretId)
        .filter(Column::ProjectId.eq(project_id))
        .filter(Column::Environment.eq(environment))
        .filter(Column::SecretPath.eq(secret_path))
        .filter(Column::SecretKey.eq(secret_key))
        .into_query();
    Ok(secrets::Entity::find().filter(secrets::Column::Id.in_subquery(secret_ids)).all(conn).await?)
}

/// The shared secrets of a project that refer to any secret at a place.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn secrets_referring_into(
    conn: &impl ConnectionTrait,
    project_id: Uuid,
    environment: &str,
    secret_path: &str,
) -> Result<Vec<secrets::Model>, DbError> {
    let secret_ids = Entity::find()
        .select_only()
        .column(Column::SecretId)
        .filter(Column::ProjectId.eq(project_id))
        .filter(Column::Environment.eq(environment))
        .filter(Column::SecretPath.eq(secret_path))
        .into_query();
    Ok(secrets::Entity::find()
        .filter(secrets::Column::Id.in_subquery(secret_ids))
        .filter(secrets::Column::OwnerId.eq(Uuid::nil()))
        .all(conn)
        .await?)
}

/// Forgets what these secrets refer to.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn delete_of(tx: &WriteTx, secret_ids: &[Uuid]) -> Result<(), DbError> {
    for chunk in secret_ids.chunks(super::IDS_PER_QUERY) {
        Entity::delete_many().filter(Column::SecretId.is_in(chunk.iter().copied())).exec(tx).await?;
    }
    Ok(())
}
