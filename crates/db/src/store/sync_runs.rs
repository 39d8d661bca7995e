//! Runs of syncs and what became of each key in them.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::entities::{leases, sync_run_items, sync_runs};
use crate::error::DbError;
use crate::write::WriteTx;

/// Items a statement; their columns times this stay below what SQLite binds.
const ITEMS_A_STATEMENT: usize = 1_000;

/// The runs of a sync that have not ended, oldest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn open(conn: &impl ConnectionTrait, sync_id: Uuid, kind: &str) -> Result<Vec<sync_runs::Model>, DbError> {
    Ok(sync_runs::Entity::find()
        .filter(sync_runs::Column::SyncId.eq(sync_id))
        .filter(sync_runs::Column::Kind.eq(kind))
        .filter(sync_runs::Column::Status.is_in(["pending", "running"]))
        .order_by_asc(sync_runs::Column::CreatedAtMs)
        .order_by_asc(sync_runs::Column::Id)
        .all(conn)
        .await?)
}

/// The run of that kind that ended last, beside the one given.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn last_ended(
    conn: &impl ConnectionTrait,
    sync_id: Uuid,
    kind: &str,
    beside: Uuid,
) -> Result<Option<sync_runs::Model>, DbError> {
    Ok(sync_runs::Entity::find()
        .filter(sync_runs::Column::SyncId.eq(sync_id))
        .filter(sync_runs::Column::Kind.eq(kind))
        .filter(sync_runs::Column::Status.is_in(["succeeded", "failed"]))
        .filter(sync_runs::Column::Id.ne(beside))
        .order_by_desc(sync_runs::Column::EndedAtMs)
        .order_by_desc(sync_runs::Column::Id)
        .limit(1)
        .one(conn)
        .await?)
}

/// Ends every run that has not ended, with this message.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn end_open(tx: &WriteTx, message: &str, now_ms: i64) -> Result<u64, DbError> {
    use sync_runs::Column;
    let ended = sync_runs::Entity::update_many()
        .filter(Column::Status.is_in(["pending", "running"]))
        .col_expr(Column::Status, Expr::value("failed"))
        .col_expr(Column::Message, Expr::value(message))
        .col_expr(Column::EndedAtMs, Expr::value(now_ms))
        .col_expr(Column::NextRetryAtMs, Expr::value(None::<i64>))
        .exec(tx)
        .await?;
    Ok(ended.rows_affected)
}

/// A run of a sync of a project.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find(
    conn: &impl ConnectionTrait,
    project_id: Uuid,
    sync_id: Uuid,
    id: Uuid,
) -> Result<Option<sync_runs::Model>, DbError> {
    Ok(sync_runs::Entity::find_by_id(id)
        .filter(sync_runs::Column::ProjectId.eq(project_id))
        .filter(sync_runs::Column::SyncId.eq(sync_id))
        .one(conn)
        .await?)
}

/// The runs of a sync, newest first; after a run given by its time and id when one is.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list(
    conn: &impl ConnectionTrait,
    project_id: Uuid,
    sync_id: Uuid,
    after: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<sync_runs::Model>, DbError> {
    use sync_runs::Column;
    let mut query =
        sync_runs::Entity::find().filter(Column::ProjectId.eq(project_id)).filter(Column::SyncId.eq(sync_id)).limit(limit);
    if let Some((at_ms, id)) = after {
        query = query.filter(
            Condition::any()
                .add(Column::CreatedAtMs.lt(at_ms))
                .add(Condition::all().add(Column::CreatedAtMs.eq(at_ms)).add(Column::Id.lt(id))),
        );
    }
    Ok(query.order_by_desc(Column::CreatedAtMs).order_by_desc(Column::Id).all(conn).await?)
}

/// What became of each key in a run, by key.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn items(conn: &impl ConnectionTrait, run_id: Uuid) -> Result<Vec<sync_run_items::Model>, DbError> {
    Ok(sync_run_items::Entity::find()
        .filter(sync_run_items::Column::RunId.eq(run_id))
        .order_by_asc(sync_run_items::Column::DestinationKey)
        .all(conn)
        .await?)
}

/// Writes results of keys; a second result of a key takes the place of the first and leaves a kept previous value alone.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn save_items(tx: &WriteTx, rows: Vec<sync_run_items::Model>) -> Result<(), DbError> {
    use sync_run_items::Column;
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk = rows.by_ref().take(ITEMS_A_STATEMENT).map(|row| row.into_active_model().reset_all());
        let kept = Expr::cust("COALESCE(sync_run_items.previous_value, excluded.previous_value)");
        sync_run_items::Entity::insert_many(chunk)
            .on_conflict(
                OnConflict::columns([Column::RunId, Column::DestinationKey])
                    .update_columns([
                        Column::SecretKey,
                        Column::Action,
                        Column::Reason,
                        Column::Outcome,
                        Column::HttpStatus,
                        Column::Attempts,
                        Column::LatencyMs,
                        Column::Message,
                        Column::SecretVersion,
                        Column::EndedAtMs,
                    ])
                    .value(Column::PreviousValue, kept)
                    .to_owned(),
            )
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Forgets what an earlier attempt of a run did not finish, except kept previous values.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn reset_items(tx: &WriteTx, run_id: Uuid) -> Result<(), DbError> {
    use sync_run_items::Column;
    sync_run_items::Entity::delete_many()
        .filter(Column::RunId.eq(run_id))
        .filter(Column::Outcome.ne("done"))
        .filter(Column::PreviousValue.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// How many items of a run there are for each action and outcome.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn tally(conn: &impl ConnectionTrait, run_id: Uuid) -> Result<Vec<(String, String, i64)>, DbError> {
    use sync_run_items::Column;
    Ok(sync_run_items::Entity::find()
        .filter(Column::RunId.eq(run_id))
        .select_only()
        .column(Column::Action)
        .column(Column::Outcome)
        .column_as(Column::Id.count(), "items")
        .group_by(Column::Action)
        .group_by(Column::Outcome)
        .into_tuple()
        .all(conn)
        .await?)
}

/// Records how far a run is.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn set_progress(tx: &WriteTx, run_id: Uuid, calls: i32, waited_ms: i64) -> Result<(), DbError> {
    sync_runs::Entity::update_many()
        .filter(sync_runs::Column::Id.eq(run_id))
        .col_expr(sync_runs::Column::Calls, Expr::value(calls))
        .col_expr(sync_runs::Column::WaitedMs, Expr::value(waited_ms))
        .exec(tx)
        .await?;
    Ok(())
}

/// Records what a run counts while it works.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn set_counts(tx: &WriteTx, run_id: Uuid, counts: &str) -> Result<(), DbError> {
    sync_runs::Entity::update_many()
        .filter(sync_runs::Column::Id.eq(run_id))
        .col_expr(sync_runs::Column::Counts, Expr::value(counts))
        .exec(tx)
        .await?;
    Ok(())
}

/// Records which keys a run has leave to delete.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn set_approved(tx: &WriteTx, run_id: Uuid, approved: &str) -> Result<(), DbError> {
    sync_runs::Entity::update_many()
        .filter(sync_runs::Column::Id.eq(run_id))
        .col_expr(sync_runs::Column::Approved, Expr::value(approved))
        .exec(tx)
        .await?;
    Ok(())
}

/// Forgets ended runs beyond the newest `keep` of a sync.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn prune(tx: &WriteTx, sync_id: Uuid, keep: u64) -> Result<(), DbError> {
    use sync_runs::Column;
    let oldest_kept = sync_runs::Entity::find()
        .filter(Column::SyncId.eq(sync_id))
        .order_by_desc(Column::CreatedAtMs)
        .order_by_desc(Column::Id)
        .offset(keep)
        .limit(1)
        .one(tx)
        .await?;
    let Some(first_gone) = oldest_kept else { return Ok(()) };
    sync_runs::Entity::delete_many()
        .filter(Column::SyncId.eq(sync_id))
        .filter(Column::CreatedAtMs.lte(first_gone.created_at_ms))
        .filter(Column::Status.is_in(["succeeded", "failed"]))
        .exec(tx)
        .await?;
    Ok(())
}

/// Whether somebody holds a lease of this name.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn is_leased(conn: &impl ConnectionTrait, name: &str, now_ms: i64) -> Result<bool, DbError> {
    Ok(leases::Entity::find_by_id(name).filter(leases::Column::UntilMs.gt(now_ms)).count(conn).await? > 0)
}

/// Frees the leases whose names begin so. Only for a process that is certainly alone.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn free_leases(tx: &WriteTx, prefix: &str) -> Result<(), DbError> {
    leases::Entity::update_many()
        .filter(leases::Column::Name.starts_with(prefix))
        .col_expr(leases::Column::UntilMs, Expr::value(0_i64))
        .exec(tx)
        .await?;
    Ok(())
}
