//! Named leases: at most one holder at a time, across tasks, processes and replicas.
//!
//! The fence grows whenever a lease is taken anew; a holder passes it with every write the lease protects. A released lease keeps
//! its row, or its fence would start again.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Select, UpdateMany};

use crate::entities::leases::{Column, Entity};
use crate::error::DbError;
use crate::write::WriteTx;

/// Takes a lease that is free, expired or already the owner's, and answers its fence; `None` while somebody else holds it.
///
/// `owner` names one holder, not a process: two tasks of one process need two names, or both would hold it.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn acquire(tx: &WriteTx, name: &str, owner: &str, now_ms: i64, until_ms: i64) -> Result<Option<i64>, DbError> {
    let old = |column: Column| Expr::col((Entity, column));
    let new = |column: Column| Expr::col((Alias::new("excluded"), column));
    let is_mine = || old(Column::Owner).eq(new(Column::Owner));
    let upsert = Query::insert()
        .into_table(Entity)
        .columns([Column::Name, Column::Owner, Column::UntilMs, Column::Fence])
        .values_panic([name.into(), owner.into(), until_ms.into(), 1_i64.into()])
        .on_conflict(
            OnConflict::column(Column::Name)
                .value(
                    Column::Fence,
                    Expr::case(is_mine().and(old(Column::UntilMs).gt(now_ms)), old(Column::Fence))
                        .finally(old(Column::Fence).add(1_i64)),
                )
                .update_columns([Column::Owner, Column::UntilMs])
                .action_and_where(old(Column::UntilMs).lte(now_ms).or(is_mine()))
                .to_owned(),
        )
        .returning_col(Column::Fence)
        .to_owned();
    Ok(match tx.query_one(&upsert).await? {
        Some(row) => Some(row.try_get_by_index(0)?),
        None => None,
    })
}

/// Prolongs a lease; whether it was still held with this fence.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn renew(tx: &WriteTx, name: &str, owner: &str, fence: i64, until_ms: i64) -> Result<bool, DbError> {
    let update = held(name, owner, fence).col_expr(Column::UntilMs, Expr::value(until_ms));
    Ok(update.exec(tx).await?.rows_affected > 0)
}

/// Gives a lease back; whether it was still held with this fence.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn release(tx: &WriteTx, name: &str, owner: &str, fence: i64) -> Result<bool, DbError> {
    let update = held(name, owner, fence).col_expr(Column::UntilMs, Expr::value(0_i64)).col_expr(Column::Owner, Expr::value(""));
    Ok(update.exec(tx).await?.rows_affected > 0)
}

/// Whether the lease is held by this owner with this fence and has not run out.
///
/// An answer about this moment only: inside a transaction that writes under the lease use [`guard`].
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn check(conn: &impl ConnectionTrait, name: &str, owner: &str, fence: i64, now_ms: i64) -> Result<bool, DbError> {
    Ok(live(name, owner, fence, now_ms).count(conn).await? > 0)
}

/// As [`check`], and nobody else can take the lease before the transaction ends, so what it writes is written by the holder.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn guard(tx: &WriteTx, name: &str, owner: &str, fence: i64, now_ms: i64) -> Result<bool, DbError> {
    Ok(live(name, owner, fence, now_ms).lock_exclusive().one(tx).await?.is_some())
}

fn live(name: &str, owner: &str, fence: i64, now_ms: i64) -> Select<Entity> {
    Entity::find_by_id(name).filter(Column::Owner.eq(owner)).filter(Column::Fence.eq(fence)).filter(Column::UntilMs.gt(now_ms))
}

fn held(name: &str, owner: &str, fence: i64) -> UpdateMany<Entity> {
    Entity::update_many().filter(Column::Name.eq(name)).filter(Column::Owner.eq(owner)).filter(Column::Fence.eq(fence))
}
