//! Secrets: the present rows, and beside them versions, metadata, tags and references.
//!
//! The hot paths (one secret by name, all of a folder) are written as SQL with columns read by position: a list of ten
//! thousand rows spends its time on the values, not on looking column names up.

pub mod keys;
pub mod metadata;
pub mod places;
pub mod references;
pub mod tags;
pub mod versions;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryResult, QuerySelect, Statement, Value, sea_query::Expr,
};
use uuid::Uuid;

use crate::entities::secrets::{Column, Entity, Model};
use crate::entities::{folders, projects};
use crate::error::DbError;
use crate::write::WriteTx;

/// How many ids go into one `IN` list.
pub(super) const IDS_PER_QUERY: usize = 5_000;

/// The columns of `secrets` in the order [`from_row`] reads them.
pub(crate) const COLUMNS: [&str; 19] = [
    "id",
    "project_id",
    "folder_id",
    "owner_id",
    "key",
    "version",
    "value",
    "value_fingerprint",
    "is_empty",
    "has_references",
    "comment",
    "skip_multiline_encoding",
    "reminder_note",
    "reminder_repeat_days",
    "actor_type",
    "actor_id",
    "actor_name",
    "created_at_ms",
    "updated_at_ms",
];

/// The columns as a select list, each with the table's alias `s`.
pub(crate) fn select_list() -> String {
    COLUMNS.map(|column| format!("s.{column}")).join(", ")
}

/// Reads a secret whose first column is at `at`.
pub(crate) fn from_row(row: &QueryResult, at: usize) -> Result<Model, DbErr> {
    Ok(Model {
        id: row.try_get_by_index(at)?,
        project_id: row.try_get_by_index(at + 1)?,
        folder_id: row.try_get_by_index(at + 2)?,
        owner_id: row.try_get_by_index(at + 3)?,
        key: row.try_get_by_index(at + 4)?,
        version: row.try_get_by_index(at + 5)?,
        value: row.try_get_by_index(at + 6)?,
        value_fingerprint: row.try_get_by_index(at + 7)?,
        is_empty: row.try_get_by_index(at + 8)?,
        has_references: row.try_get_by_index(at + 9)?,
        comment: row.try_get_by_index(at + 10)?,
        skip_multiline_encoding: row.try_get_by_index(at + 11)?,
        reminder_note: row.try_get_by_index(at + 12)?,
        reminder_repeat_days: row.try_get_by_index(at + 13)?,
        actor_type: row.try_get_by_index(at + 14)?,
        actor_id: row.try_get_by_index(at + 15)?,
        actor_name: row.try_get_by_index(at + 16)?,
        created_at_ms: row.try_get_by_index(at + 17)?,
        updated_at_ms: row.try_get_by_index(at + 18)?,
    })
}

/// Everything of one folder that belongs to one of the owners, by key, then id.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_in_folder(conn: &impl ConnectionTrait, folder_id: Uuid, owners: &[Uuid]) -> Result<Vec<Model>, DbError> {
    let owned = match owners.len() {
        0 => return Ok(Vec::new()),
        1 => "s.owner_id = $2".to_owned(),
        n => format!("s.owner_id IN ({})", (2..n + 2).map(|i| format!("${i}")).collect::<Vec<_>>().join(", ")),
    };
    let sql = format!("SELECT {} FROM secrets s WHERE s.folder_id = $1 AND {owned} ORDER BY s.key, s.id", select_list());
    let values = std::iter::once(folder_id).chain(owners.iter().copied()).map(Value::from);
    let rows = conn.query_all_raw(Statement::from_sql_and_values(conn.get_database_backend(), sql, values)).await?;
    let mut secrets = Vec::with_capacity(rows.len());
    for row in rows {
        secrets.push(from_row(&row, 0)?);
    }
    Ok(secrets)
}

/// Everything of these folders that belongs to one of the owners, by key, then id.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_in_folders(conn: &impl ConnectionTrait, folder_ids: &[Uuid], owners: &[Uuid]) -> Result<Vec<Model>, DbError> {
    if let [only] = folder_ids {
        return list_in_folder(conn, *only, owners).await;
    }
    let mut secrets = Vec::new();
    for chunk in folder_ids.chunks(IDS_PER_QUERY) {
        let rows = Entity::find()
            .filter(Column::FolderId.is_in(chunk.iter().copied()))
            .filter(Column::OwnerId.is_in(owners.iter().copied()))
            .all(conn)
            .await?;
        secrets.extend(rows);
    }
    secrets.sort_by(|a, b| a.key.cmp(&b.key).then(a.id.cmp(&b.id)));
    Ok(secrets)
}

/// The secrets of these folders whose key is one of `keys`, for these owners.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_by_keys(
    conn: &impl ConnectionTrait,
    folder_ids: &[Uuid],
    keys: &[String],
    owners: &[Uuid],
) -> Result<Vec<Model>, DbError> {
    let mut secrets = Vec::new();
    for folders in folder_ids.chunks(IDS_PER_QUERY) {
        for keys in keys.chunks(IDS_PER_QUERY) {
            let rows = Entity::find()
                .filter(Column::FolderId.is_in(folders.iter().copied()))
                .filter(Column::Key.is_in(keys.iter().map(String::as_str)))
                .filter(Column::OwnerId.is_in(owners.iter().copied()))
                .all(conn)
                .await?;
            secrets.extend(rows);
        }
    }
    Ok(secrets)
}

/// One secret of a folder.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_by_key(
    conn: &impl ConnectionTrait,
    folder_id: Uuid,
    key: &str,
    owner_id: Uuid,
) -> Result<Option<Model>, DbError> {
    Ok(Entity::find()
        .filter(Column::FolderId.eq(folder_id))
        .filter(Column::Key.eq(key))
        .filter(Column::OwnerId.eq(owner_id))
        .one(conn)
        .await?)
}

/// A secret of any project by its id; the caller checks whose it is.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).one(conn).await?)
}

/// Secrets of a project by id.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_by_ids(conn: &impl ConnectionTrait, project_id: Uuid, ids: &[Uuid]) -> Result<Vec<Model>, DbError> {
    let mut secrets = Vec::new();
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let rows = Entity::find()
            .filter(Column::ProjectId.eq(project_id))
            .filter(Column::Id.is_in(chunk.iter().copied()))
            .all(conn)
            .await?;
        secrets.extend(rows);
    }
    Ok(secrets)
}

/// The shared secrets of a folder whose values hold references.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn with_references_in(conn: &impl ConnectionTrait, folder_id: Uuid) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::FolderId.eq(folder_id)).filter(Column::HasReferences.eq(true)).all(conn).await?)
}

/// Marks folders as changed. On PostgreSQL this takes their row locks, in the order of their ids, so that writers of one
/// folder come one after another; on SQLite the writer is alone anyway. Answers whether all of them still exist.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn touch_folders(tx: &WriteTx, folder_ids: &[Uuid], now_ms: i64) -> Result<bool, DbError> {
    let mut ids = folder_ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > 1 {
        super::folders::lock(tx, &ids).await?;
    }
    let wanted = ids.len();
    let touched = folders::Entity::update_many()
        .col_expr(folders::Column::LastSecretModifiedAtMs, Expr::value(now_ms))
        .filter(folders::Column::Id.is_in(ids))
        .exec(tx)
        .await?;
    Ok(usize::try_from(touched.rows_affected).is_ok_and(|touched| touched == wanted))
}

/// Deletes secrets by id; how many were still there. What hangs on them (versions, tags, …) goes too.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn delete_many(tx: &WriteTx, ids: &[Uuid]) -> Result<u64, DbError> {
    let mut deleted = 0;
    for chunk in ids.chunks(IDS_PER_QUERY) {
        deleted += Entity::delete_many().filter(Column::Id.is_in(chunk.iter().copied())).exec(tx).await?.rows_affected;
    }
    Ok(deleted)
}

/// Deletes the personal overrides of these keys in a folder, which do not outlive the shared secret.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn delete_overrides(tx: &WriteTx, folder_id: Uuid, keys: &[String]) -> Result<(), DbError> {
    for chunk in keys.chunks(IDS_PER_QUERY) {
        Entity::delete_many()
            .filter(Column::FolderId.eq(folder_id))
            .filter(Column::Key.is_in(chunk.iter().map(String::as_str)))
            .filter(Column::OwnerId.ne(Uuid::nil()))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Gives the personal overrides of a key its new name, or its new folder.
///
/// # Errors
/// [`DbError::Unique`] when one of that name is already there.
pub async fn relocate_overrides(tx: &WriteTx, from: (Uuid, &str), to: (Uuid, &str)) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::FolderId, Expr::value(to.0))
        .col_expr(Column::Key, Expr::value(to.1))
        .filter(Column::FolderId.eq(from.0))
        .filter(Column::Key.eq(from.1))
        .filter(Column::OwnerId.ne(Uuid::nil()))
        .exec(tx)
        .await?;
    Ok(())
}

/// The id of the organization's project with this slug.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn project_id_by_slug(conn: &impl ConnectionTrait, org_id: Uuid, slug: &str) -> Result<Option<Uuid>, DbError> {
    Ok(projects::Entity::find()
        .select_only()
        .column(projects::Column::Id)
        .filter(projects::Column::OrgId.eq(org_id))
        .filter(projects::Column::Slug.eq(slug))
        .into_tuple::<Uuid>()
        .one(conn)
        .await?)
}

/// How many shared secrets each of these projects has. Projects without any are missing.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count_by_project(conn: &impl ConnectionTrait, project_ids: &[Uuid]) -> Result<Vec<(Uuid, u64)>, DbError> {
    let rows: Vec<(Uuid, i64)> = Entity::find()
        .select_only()
        .column(Column::ProjectId)
        .column_as(Column::Id.count(), "secrets")
        .filter(Column::ProjectId.is_in(project_ids.iter().copied()))
        .filter(Column::OwnerId.eq(Uuid::nil()))
        .group_by(Column::ProjectId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, secrets)| (id, u64::try_from(secrets).unwrap_or_default())).collect())
}
