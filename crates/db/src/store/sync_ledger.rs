//! What syncs wrote, per variable at a destination.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entities::sync_ledger::{Column, Entity, Model};
use crate::error::DbError;
use crate::write::WriteTx;

/// Rows a statement; their columns times this stay below what SQLite binds.
const ROWS_A_STATEMENT: usize = 1_000;
/// Keys a statement.
const KEYS_A_STATEMENT: usize = 5_000;

/// What a sync wrote at a destination, by key.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list(conn: &impl ConnectionTrait, sync_id: Uuid, destination_id: &str) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find()
        .filter(Column::SyncId.eq(sync_id))
        .filter(Column::DestinationId.eq(destination_id))
        .order_by_asc(Column::DestinationKey)
        .all(conn)
        .await?)
}

/// What other syncs wrote at a destination: owner and key.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_of_others(
    conn: &impl ConnectionTrait,
    destination_id: &str,
    sync_id: Option<Uuid>,
) -> Result<Vec<(Uuid, String)>, DbError> {
    use sea_orm::QuerySelect as _;
    let mut query = Entity::find().filter(Column::DestinationId.eq(destination_id));
    if let Some(sync_id) = sync_id {
        query = query.filter(Column::SyncId.ne(sync_id));
    }
    Ok(query.select_only().column(Column::SyncId).column(Column::DestinationKey).into_tuple().all(conn).await?)
}

/// What other syncs of the same organization wrote at a destination, whole rows, the last written last.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn rows_of_others(
    conn: &impl ConnectionTrait,
    org_id: Uuid,
    destination_id: &str,
    sync_id: Uuid,
) -> Result<Vec<Model>, DbError> {
    use sea_orm::{QuerySelect as _, QueryTrait as _};
    let of_org = crate::entities::secret_syncs::Entity::find()
        .select_only()
        .column(crate::entities::secret_syncs::Column::Id)
        .filter(crate::entities::secret_syncs::Column::OrgId.eq(org_id))
        .into_query();
    Ok(Entity::find()
        .filter(Column::DestinationId.eq(destination_id))
        .filter(Column::SyncId.ne(sync_id))
        .filter(Column::SyncId.in_subquery(of_org))
        .order_by_asc(Column::WrittenAtMs)
        .order_by_asc(Column::Id)
        .all(conn)
        .await?)
}

/// Records what was confirmed; a row of the same sync, destination and key is overwritten and keeps its id.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn save(tx: &WriteTx, rows: Vec<Model>) -> Result<(), DbError> {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk = rows.by_ref().take(ROWS_A_STATEMENT).map(|row| row.into_active_model().reset_all());
        Entity::insert_many(chunk)
            .on_conflict(
                OnConflict::columns([Column::SyncId, Column::DestinationId, Column::DestinationKey])
                    .update_columns([
                        Column::SecretKey,
                        Column::SecretId,
                        Column::SecretVersion,
                        Column::Fingerprint,
                        Column::LastValue,
                        Column::WrittenAtMs,
                    ])
                    .to_owned(),
            )
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Forgets keys of a sync at a destination.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn forget(tx: &WriteTx, sync_id: Uuid, destination_id: &str, keys: &[String]) -> Result<(), DbError> {
    for chunk in keys.chunks(KEYS_A_STATEMENT) {
        Entity::delete_many()
            .filter(Column::SyncId.eq(sync_id))
            .filter(Column::DestinationId.eq(destination_id))
            .filter(Column::DestinationKey.is_in(chunk.iter().map(String::as_str)))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Puts a fingerprint in the place of what other syncs last confirmed of keys at a destination.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn overwrite_others(
    tx: &WriteTx,
    sync_id: Uuid,
    destination_id: &str,
    keys: &[String],
    fingerprint: &[u8],
) -> Result<(), DbError> {
    for chunk in keys.chunks(KEYS_A_STATEMENT) {
        Entity::update_many()
            .col_expr(Column::Fingerprint, Expr::value(fingerprint.to_vec()))
            .filter(Column::SyncId.ne(sync_id))
            .filter(Column::DestinationId.eq(destination_id))
            .filter(Column::DestinationKey.is_in(chunk.iter().map(String::as_str)))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// How many variables each of these syncs, with its destination's id, has on record there. Syncs without any are missing.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn counts(conn: &impl ConnectionTrait, sync_ids: &[Uuid]) -> Result<Vec<(Uuid, String, u64)>, DbError> {
    use sea_orm::QuerySelect as _;
    let mut counts = Vec::new();
    for chunk in sync_ids.chunks(KEYS_A_STATEMENT) {
        let rows: Vec<(Uuid, String, i64)> = Entity::find()
            .select_only()
            .column(Column::SyncId)
            .column(Column::DestinationId)
            .column_as(Column::Id.count(), "keys")
            .filter(Column::SyncId.is_in(chunk.iter().copied()))
            .group_by(Column::SyncId)
            .group_by(Column::DestinationId)
            .into_tuple()
            .all(conn)
            .await?;
        counts.extend(rows.into_iter().map(|(id, destination, keys)| (id, destination, u64::try_from(keys).unwrap_or_default())));
    }
    Ok(counts)
}
