//! Failed sign-ins, counted per subject.

use sea_orm::sea_query::{Condition, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::entities::login_lockouts::{Column, Entity, Model};
use crate::error::DbError;
use crate::write::WriteTx;

/// The count of a subject.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find(conn: &impl ConnectionTrait, subject: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(subject).one(conn).await?)
}

/// The count of a subject, made where there is none, and held until the transaction ends.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn lock(tx: &WriteTx, subject: &str, identity_id: Option<Uuid>) -> Result<Model, DbError> {
    let none = Model { subject: subject.to_owned(), identity_id, failures: 0, last_failure_at_ms: 0, locked_until_ms: None };
    Entity::insert(none.clone().into_active_model().reset_all())
        .on_conflict(OnConflict::column(Column::Subject).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(Entity::find_by_id(subject).lock_exclusive().one(tx).await?.unwrap_or(none))
}

/// The counts of these subjects' identities that are locked now.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_locked(conn: &impl ConnectionTrait, identity_ids: &[Uuid], now_ms: i64) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find()
        .filter(Column::IdentityId.is_in(identity_ids.to_vec()))
        .filter(Column::LockedUntilMs.gt(now_ms))
        .all(conn)
        .await?)
}

/// Forgets the count of a subject.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn clear(tx: &WriteTx, subject: &str) -> Result<(), DbError> {
    Entity::delete_many().filter(Column::Subject.eq(subject)).exec(tx).await?;
    Ok(())
}

/// Forgets the counts of an identity; how many of them were locked.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn clear_identity(tx: &WriteTx, identity_id: Uuid, now_ms: i64) -> Result<u64, DbError> {
    let locked = Entity::delete_many()
        .filter(Column::IdentityId.eq(identity_id))
        .filter(Column::LockedUntilMs.gt(now_ms))
        .exec(tx)
        .await?;
    Entity::delete_many().filter(Column::IdentityId.eq(identity_id)).exec(tx).await?;
    Ok(locked.rows_affected)
}

/// Forgets counts whose last failure is older than `before_ms` and that lock nothing any more.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn purge(tx: &WriteTx, before_ms: i64, now_ms: i64) -> Result<(), DbError> {
    Entity::delete_many()
        .filter(Column::LastFailureAtMs.lt(before_ms))
        .filter(Condition::any().add(Column::LockedUntilMs.is_null()).add(Column::LockedUntilMs.lte(now_ms)))
        .exec(tx)
        .await?;
    Ok(())
}
