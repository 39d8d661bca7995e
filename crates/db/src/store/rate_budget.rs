//! The calls granted under a credential, shared by every process on the database.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entities::{rate_grants, rate_pauses};
use crate::error::DbError;
use crate::write::WriteTx;

/// Longest wait that is obeyed.
const LONGEST_PAUSE_MS: i64 = 3_600_000;

/// A window of calls: at most `limit` in any `window_ms`.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Calls allowed.
    pub limit: i32,
    /// Length, in ms.
    pub window_ms: i64,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// So many calls may be made.
    Calls(i32),
    /// One call may be made, alone: it finds out whether a pause is over.
    Probe,
    /// None now; worth asking again at this time.
    NotBefore(i64),
}

/// Takes up to `want` calls. The first one after a pause is taken alone: the others wait until it is settled, at most `probe_ms`.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn take(
    tx: &WriteTx,
    id: Uuid,
    credential_hash: &[u8],
    want: i32,
    window: Window,
    probe_ms: i64,
    now_ms: i64,
) -> Result<Taken, DbError> {
    let pause = lock(tx, credential_hash).await?;
    // Nobody asks for more than that: the clock was set back meanwhile, and how much of the wait is over is not known.
    let until_ms = if pause.until_ms > now_ms.saturating_add(LONGEST_PAUSE_MS) { now_ms } else { pause.until_ms };
    if until_ms > now_ms {
        return Ok(Taken::NotBefore(until_ms));
    }
    let is_probe = pause.until_ms > 0;
    rate_grants::Entity::delete_many()
        .filter(rate_grants::Column::CredentialHash.eq(credential_hash))
        .filter(
            // Grants of the future come from before the clock was set back.
            Condition::any()
                .add(rate_grants::Column::GrantedAtMs.lte(now_ms - window.window_ms))
                .add(rate_grants::Column::GrantedAtMs.gt(now_ms + window.window_ms)),
        )
        .exec(tx)
        .await?;
    let grants = rate_grants::Entity::find()
        .filter(rate_grants::Column::CredentialHash.eq(credential_hash))
        .order_by_asc(rate_grants::Column::GrantedAtMs)
        .all(tx)
        .await?;
    let used: i32 = grants.iter().map(|grant| grant.calls).sum();
    let free = window.limit - used;
    if free <= 0 {
        let oldest = grants.first().map_or(now_ms, |grant| grant.granted_at_ms);
        return Ok(Taken::NotBefore(oldest + window.window_ms));
    }
    let calls = if is_probe { 1 } else { want.min(free).max(1) };
    if is_probe {
        set_pause(tx, credential_hash, now_ms + probe_ms, true).await?;
    }
    let grant = rate_grants::Model { id, credential_hash: credential_hash.to_vec(), granted_at_ms: now_ms, calls };
    super::insert(tx, grant).await?;
    Ok(if is_probe { Taken::Probe } else { Taken::Calls(calls) })
}

/// Nobody calls before `until_ms`; a longer pause stays.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn pause(tx: &WriteTx, credential_hash: &[u8], until_ms: i64) -> Result<(), DbError> {
    let pause = lock(tx, credential_hash).await?;
    if pause.is_probing || pause.until_ms < until_ms {
        set_pause(tx, credential_hash, until_ms, false).await?;
    }
    Ok(())
}

/// The call that went alone after a pause has ended well; whether there was one.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn settle(tx: &WriteTx, credential_hash: &[u8]) -> Result<bool, DbError> {
    let updated = rate_pauses::Entity::update_many()
        .col_expr(rate_pauses::Column::UntilMs, Expr::value(0_i64))
        .col_expr(rate_pauses::Column::IsProbing, Expr::value(false))
        .filter(rate_pauses::Column::CredentialHash.eq(credential_hash))
        .filter(rate_pauses::Column::IsProbing.eq(true))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// The credential's row, made when missing and locked where several writers are possible.
async fn lock(tx: &WriteTx, credential_hash: &[u8]) -> Result<rate_pauses::Model, DbError> {
    let fresh =
        rate_pauses::ActiveModel { credential_hash: Set(credential_hash.to_vec()), until_ms: Set(0), is_probing: Set(false) };
    rate_pauses::Entity::insert(fresh)
        .on_conflict(OnConflict::column(rate_pauses::Column::CredentialHash).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    let query = rate_pauses::Entity::find().filter(rate_pauses::Column::CredentialHash.eq(credential_hash));
    let query = if tx.needs_row_locks() { query.lock_exclusive() } else { query };
    query.one(tx).await?.ok_or_else(|| DbError::Other("a credential's pause row vanished".to_owned()))
}

async fn set_pause(tx: &WriteTx, credential_hash: &[u8], until_ms: i64, is_probing: bool) -> Result<(), DbError> {
    rate_pauses::Entity::update_many()
        .col_expr(rate_pauses::Column::UntilMs, Expr::value(until_ms))
        .col_expr(rate_pauses::Column::IsProbing, Expr::value(is_probing))
        .filter(rate_pauses::Column::CredentialHash.eq(credential_hash))
        .exec(tx)
        .await?;
    Ok(())
}

/// Until when a credential must not be used; none when it may be.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn paused_until(conn: &impl ConnectionTrait, credential_hash: &[u8], now_ms: i64) -> Result<Option<i64>, DbError> {
    let pause = rate_pauses::Entity::find_by_id(credential_hash.to_vec()).one(conn).await?;
    Ok(pause.filter(|pause| !pause.is_probing).map(|pause| pause.until_ms).filter(|until_ms| *until_ms > now_ms))
}

/// How many calls are granted in the window that ends now, for tests and doctors.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn used(conn: &impl ConnectionTrait, credential_hash: &[u8], since_ms: i64) -> Result<i32, DbError> {
    let grants = rate_grants::Entity::find()
        .filter(rate_grants::Column::CredentialHash.eq(credential_hash))
        .filter(rate_grants::Column::GrantedAtMs.gt(since_ms))
        .all(conn)
        .await?;
    Ok(grants.iter().map(|grant| grant.calls).sum())
}
