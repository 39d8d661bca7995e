//! Tags on secrets.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use crate::entities::{secret_tags, secrets, tags};
use crate::error::DbError;
use crate::write::WriteTx;

/// All tags of a project.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn of_project(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<Vec<tags::Model>, DbError> {
    Ok(tags::Entity::find().filter(tags::Column::ProjectId.eq(project_id)).all(conn).await?)
}

/// Which of these secrets carry which tags.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn of_secrets(conn: &impl ConnectionTrait, secret_ids: &[Uuid]) -> Result<Vec<secret_tags::Model>, DbError> {
    let mut rows = Vec::new();
    for chunk in secret_ids.chunks(super::IDS_PER_QUERY) {
        rows.extend(
            secret_tags::Entity::find().filter(secret_tags::Column::SecretId.is_in(chunk.iter().copied())).all(conn).await?,
        );
    }
    Ok(rows)
}

/// Which secrets of these folders carry which tags.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn in_folders(conn: &impl ConnectionTrait, folder_ids: &[Uuid]) -> Result<Vec<secret_tags::Model>, DbError> {
    let mut rows = Vec::new();
    for chunk in folder_ids.chunks(super::IDS_PER_QUERY) {
        let ids = secrets::Entity::find()
            .select_only()
            .column(secrets::Column::Id)
            .filter(secrets::Column::FolderId.is_in(chunk.iter().copied()))
            .into_query();
        rows.extend(secret_tags::Entity::find().filter(secret_tags::Column::SecretId.in_subquery(ids)).all(conn).await?);
    }
    Ok(rows)
}

/// Takes all tags off these secrets.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn delete_of(tx: &WriteTx, secret_ids: &[Uuid]) -> Result<(), DbError> {
    for chunk in secret_ids.chunks(super::IDS_PER_QUERY) {
        secret_tags::Entity::delete_many().filter(secret_tags::Column::SecretId.is_in(chunk.iter().copied())).exec(tx).await?;
    }
    Ok(())
}
