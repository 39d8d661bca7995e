//! The durable queue: one row per kind and key.
//!
//! A row is `waiting` or `running`; a finished job has no row. Every claim raises the row's fence, and whoever runs the job
//! writes with the fence of its claim, so that a run that lost its lease changes nothing any more.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, LockBehavior, LockType, OnConflict, Order, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QuerySelect, UpdateMany,
};
use uuid::Uuid;

use crate::entities::jobs::{Column, Entity, Model};
use crate::error::DbError;
use crate::listen::notify_jobs;
use crate::write::WriteTx;

/// State of a row that nobody runs; due from its `run_at_ms` on.
pub const WAITING: &str = "waiting";
/// State of a row under a lease.
pub const RUNNING: &str = "running";

/// Clocks of replicas differ by less than this.
const CLOCK_WAS_SET_BACK_MS: i64 = 60_000;

/// A job to store.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Id of the row, if there is none yet for this kind and key.
    pub id: Uuid,
    /// Which handler runs it.
    pub kind: String,
    /// What it is about, for example the id of a sync; jobs of one kind and key coalesce.
    pub key: String,
    /// JSON; ids only, never a secret value.
    pub payload: String,
    /// Smaller runs first.
    pub priority: i32,
    /// Not before this time, Unix milliseconds.
    pub run_at_ms: i64,
    /// Attempts after which a retry is given up; 0 for no limit.
    pub max_attempts: i32,
}

/// What became of a row when its run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// The fence no longer matched: nothing was written.
    Lost,
    /// The row is gone.
    Deleted,
    /// It was enqueued again during the run, so it waits for one more.
    Again,
}

/// Counts for metrics and health.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Rows that wait, due or not.
    pub waiting: i64,
    /// Rows under a lease, expired or not.
    pub running: i64,
    /// The earliest `run_at_ms` among the waiting; its distance to now is how late the queue is.
    pub oldest_waiting_ms: Option<i64>,
}

/// Stores a job in the caller's transaction.
///
/// A waiting row keeps the earlier time and the better priority and takes the new payload; a running one is marked, so that it
/// runs exactly once more at the time asked for. On PostgreSQL the row stays locked until the transaction ends: who enqueues
/// several in one transaction does so in ascending order of kind and key, or two such transactions can block each other.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn enqueue(tx: &WriteTx, job: NewJob, now_ms: i64) -> Result<(), DbError> {
    let old = |column: Column| Expr::col((Entity, column));
    let new = |column: Column| Expr::col((Alias::new("excluded"), column));
    let smaller = |column: Column| Expr::case(old(column).lt(new(column)), old(column)).finally(new(column));
    // The first enqueue during a run starts the next run's time and priority afresh; those of the present run are spent.
    let merged = |column: Column| {
        Expr::case(old(Column::State).eq(RUNNING).and(old(Column::IsDirty).eq(false)), new(column)).finally(smaller(column))
    };
    let upsert = Query::insert()
        .into_table(Entity)
        .columns([
            Column::Id,
            Column::Kind,
            Column::Key,
            Column::Payload,
            Column::State,
            Column::Priority,
            Column::RunAtMs,
            Column::Attempts,
            Column::MaxAttempts,
            Column::Fence,
            Column::IsDirty,
            Column::CreatedAtMs,
            Column::UpdatedAtMs,
        ])
        .values_panic([
            job.id.into(),
            job.kind.into(),
            job.key.into(),
            job.payload.into(),
            WAITING.into(),
            job.priority.into(),
            job.run_at_ms.into(),
            0.into(),
            job.max_attempts.into(),
            0_i64.into(),
            false.into(),
            now_ms.into(),
            now_ms.into(),
        ])
        .on_conflict(
            OnConflict::columns([Column::Kind, Column::Key])
                .update_columns([Column::Payload, Column::MaxAttempts, Column::UpdatedAtMs])
                .value(Column::RunAtMs, merged(Column::RunAtMs))
                .value(Column::Priority, merged(Column::Priority))
                .value(Column::IsDirty, old(Column::State).eq(RUNNING))
                .to_owned(),
        )
        .returning_all()
        .to_owned();
    let row = one(tx, &upsert).await?;
    // Whoever runs the job looks again by itself when it ends, and polling finds what is due later.
    if row.is_some_and(|row| row.state == WAITING && row.run_at_ms <= now_ms) {
        notify_jobs(tx).await?;
    }
    Ok(())
}

/// Whether a job of these kinds could be claimed now. Cheap, and takes no write lock.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn is_due(conn: &impl ConnectionTrait, kinds: &[&str], now_ms: i64) -> Result<bool, DbError> {
    let found = Entity::find().select_only().column(Column::Id).filter(due(kinds, now_ms)).limit(1);
    Ok(found.into_tuple::<Uuid>().one(conn).await?.is_some())
}

/// Takes the first due job of these kinds, by priority and then by time, under a lease until `now_ms + lease_ms`.
///
/// Also takes a job whose lease ran out. Raises the fence and counts the attempt.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn claim(tx: &WriteTx, kinds: &[&str], owner: &str, now_ms: i64, lease_ms: i64) -> Result<Option<Model>, DbError> {
    let first: SelectStatement = Query::select()
        .column(Column::Id)
        .from(Entity)
        .cond_where(due(kinds, now_ms))
        .order_by(Column::Priority, Order::Asc)
        .order_by(Column::RunAtMs, Order::Asc)
        .limit(1)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .to_owned();
    let update = Query::update()
        .table(Entity)
        .values([
            (Column::State, RUNNING.into()),
            (Column::LeaseOwner, owner.into()),
            (Column::LeaseUntilMs, now_ms.saturating_add(lease_ms).into()),
            (Column::Fence, Expr::col(Column::Fence).add(1)),
            (Column::Attempts, Expr::col(Column::Attempts).add(1)),
            (Column::UpdatedAtMs, now_ms.into()),
        ])
        .cond_where(Expr::col(Column::Id).eq(Expr::SubQuery(None, Box::new(first.into()))))
        .returning_all()
        .to_owned();
    one(tx, &update).await
}

/// Prolongs a lease; whether the fence still matched.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn renew(tx: &WriteTx, id: Uuid, fence: i64, lease_until_ms: i64) -> Result<bool, DbError> {
    let update = fenced(id, fence).col_expr(Column::LeaseUntilMs, Expr::value(lease_until_ms));
    Ok(update.exec(tx).await?.rows_affected > 0)
}

/// Ends a run for good: the row goes, or waits for one more run if the job was enqueued meanwhile.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn finish(tx: &WriteTx, id: Uuid, fence: i64, now_ms: i64) -> Result<Finished, DbError> {
    let Some(row) = lock(tx, id, fence).await? else { return Ok(Finished::Lost) };
    if row.is_dirty {
        waiting(id, fence, now_ms)
            .col_expr(Column::Attempts, Expr::value(0))
            .col_expr(Column::LastError, Expr::value(None::<String>))
            .exec(tx)
            .await?;
        return Ok(Finished::Again);
    }
    Entity::delete_by_id(id).exec(tx).await?;
    Ok(Finished::Deleted)
}

/// Ends a run that has to be tried again at `run_at_ms`, or earlier if the job was enqueued meanwhile; whether the fence still
/// matched. `error_class` is a word for the cause, never a text from outside.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn retry(tx: &WriteTx, id: Uuid, fence: i64, run_at_ms: i64, error_class: &str, now_ms: i64) -> Result<bool, DbError> {
    let Some(row) = lock(tx, id, fence).await? else { return Ok(false) };
    let run_at_ms = if row.is_dirty { std::cmp::min(run_at_ms, row.run_at_ms) } else { run_at_ms };
    waiting(id, fence, now_ms)
        .col_expr(Column::RunAtMs, Expr::value(run_at_ms))
        .col_expr(Column::LastError, Expr::value(error_class))
        .exec(tx)
        .await?;
    Ok(true)
}

/// Gives a job back at once without counting the attempt (graceful stop); whether the fence still matched.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn release(tx: &WriteTx, id: Uuid, fence: i64, now_ms: i64) -> Result<bool, DbError> {
    let Some(row) = lock(tx, id, fence).await? else { return Ok(false) };
    waiting(id, fence, now_ms)
        .col_expr(Column::RunAtMs, Expr::value(std::cmp::min(row.run_at_ms, now_ms)))
        .col_expr(Column::Attempts, Expr::value(std::cmp::max(row.attempts - 1, 0)))
        .exec(tx)
        .await?;
    notify_jobs(tx).await?;
    Ok(true)
}

/// Puts every running job back into the queue. Only for a process that knows that no other is alive, such as the holder of an
/// embedded database's lock file at its start: the runs of a killed process then go on at once instead of after their leases.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn release_all(tx: &WriteTx, now_ms: i64) -> Result<u64, DbError> {
    let released = Entity::update_many()
        .col_expr(Column::State, Expr::value(WAITING))
        .col_expr(Column::LeaseOwner, Expr::value(Option::<String>::None))
        .col_expr(Column::LeaseUntilMs, Expr::value(Option::<i64>::None))
        .col_expr(Column::RunAtMs, Expr::value(now_ms))
        .col_expr(Column::UpdatedAtMs, Expr::value(now_ms))
        .filter(Column::State.eq(RUNNING))
        .exec(tx)
        .await?;
    Ok(released.rows_affected)
}

/// How many jobs nobody takes: those whose lease ran out before this time, and those that were due before it.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count_stuck(conn: &impl ConnectionTrait, before_ms: i64) -> Result<(u64, u64), DbError> {
    let expired = Entity::find().filter(Column::State.eq(RUNNING)).filter(Column::LeaseUntilMs.lt(before_ms));
    let late = Entity::find().filter(Column::State.eq(WAITING)).filter(Column::RunAtMs.lt(before_ms));
    Ok((expired.count(conn).await?, late.count(conn).await?))
}

/// Counts the queue.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn stats(conn: &impl ConnectionTrait) -> Result<Stats, DbError> {
    let rows: Vec<(String, i64, Option<i64>)> = Entity::find()
        .select_only()
        .column(Column::State)
        .column_as(Column::Id.count(), "rows")
        .column_as(Column::RunAtMs.min(), "oldest")
        .group_by(Column::State)
        .into_tuple()
        .all(conn)
        .await?;
    let mut stats = Stats::default();
    for (state, rows, oldest) in rows {
        if state == WAITING {
            stats.waiting = rows;
            stats.oldest_waiting_ms = oldest;
        } else {
            stats.running += rows;
        }
    }
    Ok(stats)
}

/// The row of a kind and key, if a job waits or runs.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find(conn: &impl ConnectionTrait, kind: &str, key: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::Kind.eq(kind)).filter(Column::Key.eq(key)).one(conn).await?)
}

fn due(kinds: &[&str], now_ms: i64) -> Condition {
    // What was stored in the future was stored before the clock was set back: how long it should wait is not known any more.
    let in_time = Condition::any()
        .add(Column::RunAtMs.lte(now_ms))
        .add(Column::UpdatedAtMs.gt(now_ms.saturating_add(CLOCK_WAS_SET_BACK_MS)));
    let waiting = Condition::all().add(Column::State.eq(WAITING)).add(in_time);
    let expired = Condition::all().add(Column::State.eq(RUNNING)).add(Column::LeaseUntilMs.lt(now_ms));
    Condition::all().add(Column::Kind.is_in(kinds.iter().copied())).add(Condition::any().add(waiting).add(expired))
}

/// An update of the row as long as this claim still holds it.
fn fenced(id: Uuid, fence: i64) -> UpdateMany<Entity> {
    Entity::update_many().filter(Column::Id.eq(id)).filter(Column::Fence.eq(fence)).filter(Column::State.eq(RUNNING))
}

/// An update that ends the lease.
fn waiting(id: Uuid, fence: i64, now_ms: i64) -> UpdateMany<Entity> {
    fenced(id, fence)
        .col_expr(Column::State, Expr::value(WAITING))
        .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(Column::LeaseUntilMs, Expr::value(None::<i64>))
        .col_expr(Column::IsDirty, Expr::value(false))
        .col_expr(Column::UpdatedAtMs, Expr::value(now_ms))
}

/// Reads the row of a claim and keeps it still, so that an enqueue comes either before the decision or after it.
async fn lock(tx: &WriteTx, id: Uuid, fence: i64) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).filter(Column::Fence.eq(fence)).filter(Column::State.eq(RUNNING)).lock_exclusive().one(tx).await?)
}

async fn one(tx: &WriteTx, statement: &impl sea_orm::StatementBuilder) -> Result<Option<Model>, DbError> {
    Ok(match tx.query_one(statement).await? {
        Some(row) => Some(Model::from_query_result(&row, "")?),
        None => None,
    })
}
