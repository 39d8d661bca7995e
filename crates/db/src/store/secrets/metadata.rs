//! Metadata entries of secrets.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use crate::entities::secret_metadata::{Column, Entity, Model};
use crate::entities::secrets;
use crate::error::DbError;
use crate::write::WriteTx;

/// The metadata of these secrets, in the order it was given.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn of_secrets(conn: &impl ConnectionTrait, secret_ids: &[Uuid]) -> Result<Vec<Model>, DbError> {
    let mut rows = Vec::new();
    for chunk in secret_ids.chunks(super::IDS_PER_QUERY) {
        rows.extend(
            Entity::find().filter(Column::SecretId.is_in(chunk.iter().copied())).order_by_asc(Column::Position).all(conn).await?,
        );
    }
    Ok(rows)
}

/// The metadata of all secrets in these folders, in the order it was given.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn in_folders(conn: &impl ConnectionTrait, folder_ids: &[Uuid]) -> Result<Vec<Model>, DbError> {
    let mut rows = Vec::new();
    for chunk in folder_ids.chunks(super::IDS_PER_QUERY) {
        let ids = secrets::Entity::find()
            .select_only()
            .column(secrets::Column::Id)
            .filter(secrets::Column::FolderId.is_in(chunk.iter().copied()))
            .into_query();
        rows.extend(Entity::find().filter(Column::SecretId.in_subquery(ids)).order_by_asc(Column::Position).all(conn).await?);
    }
    Ok(rows)
}

/// Takes all metadata off a secret.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn delete_of(tx: &WriteTx, secret_ids: &[Uuid]) -> Result<(), DbError> {
    for chunk in secret_ids.chunks(super::IDS_PER_QUERY) {
        Entity::delete_many().filter(Column::SecretId.is_in(chunk.iter().copied())).exec(tx).await?;
    }
    Ok(())
}
