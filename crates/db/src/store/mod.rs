//! Finders and writers, one file a resource. Finders answer `Option`; "not found" is the caller's decision.

pub mod access;
pub mod additional_privileges;
pub mod app_connections;
pub mod audit_logs;
pub mod data_keys;
pub mod environments;
pub mod folder_commits;
pub mod folders;
pub mod groups;
pub mod identities;
pub mod jobs;
pub mod kms_keys;
pub mod leases;
pub mod lockouts;
pub mod org_memberships;
pub mod org_roles;
pub mod organizations;
pub mod project_memberships;
pub mod project_roles;
pub mod projects;
pub mod rate_budget;
pub mod second_factors;
pub mod secret_imports;
pub mod secret_syncs;
pub mod secrets;
pub mod server_settings;
pub mod service_tokens;
pub mod sessions;
pub mod sync_ledger;
pub mod sync_plans;
pub mod sync_runs;
pub mod tags;
pub mod token_auth;
pub mod tokens;
pub mod universal_auth;
pub mod users;
pub mod webhooks;

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Iterable, ModelTrait, PrimaryKeyToColumn,
    QueryFilter,
};
use uuid::Uuid;

use crate::error::DbError;
use crate::write::WriteTx;

/// SQLite allows 32,766 bound values a statement and PostgreSQL 65,535; batches stay below the smaller.
pub(crate) const MAX_BOUND_VALUES: usize = 30_000;

/// Inserts a row.
///
/// # Errors
/// [`DbError::Unique`] or [`DbError::ForeignKey`] when a constraint refuses it.
pub async fn insert<M>(tx: &WriteTx, row: M) -> Result<(), DbError>
where
    M: ModelTrait + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
    <M::Entity as EntityTrait>::ActiveModel: Send,
{
    M::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

/// Inserts rows in as few statements as the backends allow; none is fine.
///
/// # Errors
/// [`DbError::Unique`] or [`DbError::ForeignKey`] when a constraint refuses one of them.
pub async fn insert_many<M>(tx: &WriteTx, rows: Vec<M>) -> Result<(), DbError>
where
    M: ModelTrait + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
    <M::Entity as EntityTrait>::ActiveModel: Send,
{
    let columns = <<M::Entity as EntityTrait>::Column as Iterable>::iter().count();
    let size = (MAX_BOUND_VALUES / columns.max(1)).max(1);
    let mut rows = rows.into_iter();
    loop {
        let chunk: Vec<_> = rows.by_ref().take(size).map(|row| row.into_active_model().reset_all()).collect();
        if chunk.is_empty() {
            return Ok(());
        }
        M::Entity::insert_many(chunk).exec_without_returning(tx).await?;
    }
}

/// Writes every column of an existing row, found by its primary key.
///
/// # Errors
/// [`DbError::Unique`] or [`DbError::ForeignKey`] when a constraint refuses it; [`DbError::Other`] when the row is gone.
pub async fn update<M>(tx: &WriteTx, row: M) -> Result<(), DbError>
where
    M: ModelTrait + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
    <M::Entity as EntityTrait>::ActiveModel: Send,
    M::Entity: EntityTrait<Model = M>,
{
    M::Entity::update(row.into_active_model().reset_all()).exec(tx).await?;
    Ok(())
}

/// Deletes a row by the primary key it carries; whether it was still there.
///
/// # Errors
/// [`DbError::ForeignKey`] when other rows still need it.
pub async fn delete<M>(tx: &WriteTx, row: M) -> Result<bool, DbError>
where
    M: ModelTrait + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
    <M::Entity as EntityTrait>::ActiveModel: Send + sea_orm::ActiveModelBehavior,
{
    Ok(row.into_active_model().delete(tx).await?.rows_affected > 0)
}

/// Finds a row of any table by its UUID. Scoping to an organization or project stays the caller's duty.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_by_id<M>(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<M>, DbError>
where
    M: ModelTrait,
    M::Entity: EntityTrait<Model = M>,
{
    let Some(key) = <<M::Entity as EntityTrait>::PrimaryKey as Iterable>::iter().next() else {
        return Ok(None);
    };
    Ok(M::Entity::find().filter(key.into_column().eq(id)).one(conn).await?)
}
