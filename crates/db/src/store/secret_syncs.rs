//! Secret syncs.

use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use crate::entities::secret_syncs::{ActiveModel, Column, Entity, Model};
use crate::error::DbError;
use crate::write::WriteTx;

/// A sync of this organization.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find(conn: &impl ConnectionTrait, org_id: Uuid, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).filter(Column::OrgId.eq(org_id)).one(conn).await?)
}

/// The sync of that name in a project.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_by_name(conn: &impl ConnectionTrait, project_id: Uuid, name: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::ProjectId.eq(project_id)).filter(Column::Name.eq(name)).one(conn).await?)
}

/// The syncs of a project, by name.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_of_project(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::ProjectId.eq(project_id)).order_by_asc(Column::Name).all(conn).await?)
}

/// The organization's syncs with one destination, oldest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_of_destination(
    conn: &impl ConnectionTrait,
    org_id: Uuid,
    destination: &str,
    destination_id: &str,
) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find()
        .filter(Column::OrgId.eq(org_id))
        .filter(Column::Destination.eq(destination))
        .filter(Column::DestinationId.eq(destination_id))
        .order_by_asc(Column::CreatedAtMs)
        .all(conn)
        .await?)
}

/// The syncs that use a connection, by name.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_of_connection(conn: &impl ConnectionTrait, org_id: Uuid, connection_id: Uuid) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find()
        .filter(Column::OrgId.eq(org_id))
        .filter(Column::ConnectionId.eq(connection_id))
        .order_by_asc(Column::Name)
        .all(conn)
        .await?)
}

/// How many syncs use each of these connections; those without any are left out.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count_by_connection(conn: &impl ConnectionTrait, org_id: Uuid, ids: &[Uuid]) -> Result<Vec<(Uuid, u64)>, DbError> {
    let counts: Vec<(Uuid, i64)> = Entity::find()
        .select_only()
        .column(Column::ConnectionId)
        .column_as(Column::Id.count(), "uses")
        .filter(Column::OrgId.eq(org_id))
        .filter(Column::ConnectionId.is_in(ids.to_vec()))
        .group_by(Column::ConnectionId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(counts.into_iter().map(|(id, count)| (id, count.unsigned_abs())).collect())
}

/// A sync, its row locked until the transaction ends where the backend needs that: whoever changes the state of a sync or of its
/// runs does so under this lock.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn lock(tx: &WriteTx, id: Uuid) -> Result<Option<Model>, DbError> {
    let query = Entity::find_by_id(id);
    let query = if tx.needs_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.one(tx).await?)
}

/// Writes what runs know about a sync and nothing that users decide, so that neither overwrites the other.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn save_state(tx: &WriteTx, row: &Model) -> Result<(), DbError> {
    let state = ActiveModel {
        id: Unchanged(row.id),
        sync_status: Set(row.sync_status.clone()),
        last_sync_job_id: Set(row.last_sync_job_id.clone()),
        last_sync_message: Set(row.last_sync_message.clone()),
        last_synced_at_ms: Set(row.last_synced_at_ms),
        remove_status: Set(row.remove_status.clone()),
        last_remove_job_id: Set(row.last_remove_job_id.clone()),
        last_remove_message: Set(row.last_remove_message.clone()),
        last_removed_at_ms: Set(row.last_removed_at_ms),
        attempt: Set(row.attempt),
        next_retry_at_ms: Set(row.next_retry_at_ms),
        failing_since_ms: Set(row.failing_since_ms),
        last_run_id: Set(row.last_run_id),
        pending_plan_id: Set(row.pending_plan_id),
        pending_count: Set(row.pending_count),
        updated_at_ms: Set(row.updated_at_ms),
        ..Default::default()
    };
    Entity::update(state).exec_without_returning(tx).await?;
    Ok(())
}

/// Renews with whose right a sync runs.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn set_grants(tx: &WriteTx, id: Uuid, grants: &str) -> Result<(), DbError> {
    Entity::update_many().filter(Column::Id.eq(id)).col_expr(Column::Grants, Expr::value(grants)).exec(tx).await?;
    Ok(())
}

/// Keeps the environment of the syncs of these folders right when the folders move to another one.
///
/// # Errors
/// [`DbError`] when the rows cannot be written.
pub async fn set_environment(tx: &WriteTx, folder_ids: &[Uuid], environment_id: Uuid) -> Result<(), DbError> {
    for chunk in folder_ids.chunks(500) {
        Entity::update_many()
            .filter(Column::FolderId.is_in(chunk.iter().copied()))
            .col_expr(Column::EnvironmentId, Expr::value(environment_id))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Whether the project has a sync that follows changes by itself.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn any_follows(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<bool, DbError> {
    let found = following(project_id).select_only().column(Column::Id).limit(1);
    Ok(found.into_tuple::<Uuid>().one(conn).await?.is_some())
}

/// The syncs of a project that follow changes by themselves: of one of these folders, or of one of `ancestors` with everything
/// beneath it. By id.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_following(
    conn: &impl ConnectionTrait,
    project_id: Uuid,
    folders: &[Uuid],
    ancestors: &[Uuid],
) -> Result<Vec<Model>, DbError> {
    let own = Condition::any().add(Column::FolderId.is_in(folders.iter().copied()));
    let place = if ancestors.is_empty() {
        own
    } else {
        own.add(
            Condition::all().add(Column::FolderId.is_in(ancestors.iter().copied())).add(Column::IncludeAllSubFolders.eq(true)),
        )
    };
    Ok(following(project_id).filter(place).order_by_asc(Column::Id).all(conn).await?)
}

/// The oldest other sync of an organization that waits to write to a destination.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_waiting(
    conn: &impl ConnectionTrait,
    org_id: Uuid,
    destination_id: &str,
    except: Uuid,
) -> Result<Option<Model>, DbError> {
    Ok(Entity::find()
        .filter(Column::OrgId.eq(org_id))
        .filter(Column::DestinationId.eq(destination_id))
        .filter(Column::Id.ne(except))
        .filter(Condition::any().add(Column::SyncStatus.eq("pending")).add(Column::RemoveStatus.eq("pending")))
        .order_by_asc(Column::UpdatedAtMs)
        .order_by_asc(Column::Id)
        .one(conn)
        .await?)
}

/// Syncs that say a run waits or works; by id.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_unsettled(conn: &impl ConnectionTrait) -> Result<Vec<Model>, DbError> {
    const UNSETTLED: [&str; 2] = ["pending", "running"];
    Ok(Entity::find()
        .filter(Condition::any().add(Column::SyncStatus.is_in(UNSETTLED)).add(Column::RemoveStatus.is_in(UNSETTLED)))
        .order_by_asc(Column::Id)
        .all(conn)
        .await?)
}

/// Lets a paused sync run again; whether it was paused.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn resume(tx: &WriteTx, id: Uuid) -> Result<bool, DbError> {
    let resumed = Entity::update_many()
        .filter(Column::Id.eq(id))
        .filter(Column::IsPaused.eq(true))
        .col_expr(Column::IsPaused, Expr::value(false))
        .exec(tx)
        .await?;
    Ok(resumed.rows_affected > 0)
}

/// Pauses every sync and answers how many there are. What a sync says of a run that waits or works, or will be tried again,
/// becomes a failure with this message; every other outcome stays as it is.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn pause_all(tx: &WriteTx, message: &str) -> Result<u64, DbError> {
    const UNSETTLED: [&str; 2] = ["pending", "running"];
    Entity::update_many()
        .filter(Column::SyncStatus.is_in(UNSETTLED))
        .col_expr(Column::SyncStatus, Expr::value("failed"))
        .col_expr(Column::LastSyncMessage, Expr::value(message))
        .exec(tx)
        .await?;
    Entity::update_many()
        .filter(Column::RemoveStatus.is_in(UNSETTLED))
        .col_expr(Column::RemoveStatus, Expr::value("failed"))
        .col_expr(Column::LastRemoveMessage, Expr::value(message))
        .exec(tx)
        .await?;
    let paused = Entity::update_many()
        .col_expr(Column::IsPaused, Expr::value(true))
        .col_expr(Column::NextRetryAtMs, Expr::value(None::<i64>))
        .col_expr(Column::FailingSinceMs, Expr::value(None::<i64>))
        .exec(tx)
        .await?;
    Ok(paused.rows_affected)
}

/// Syncs whose last run or removal failed, those that fail longest first, and how many there are.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_failed(conn: &impl ConnectionTrait, limit: u64) -> Result<(Vec<Model>, u64), DbError> {
    let failed = Condition::any().add(Column::SyncStatus.eq("failed")).add(Column::RemoveStatus.eq("failed"));
    let query = Entity::find().filter(failed).filter(Column::IsPaused.eq(false));
    let count = query.clone().count(conn).await?;
    Ok((query.order_by_asc(Column::UpdatedAtMs).order_by_asc(Column::Id).limit(limit).all(conn).await?, count))
}

/// How many syncs there are.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count(conn: &impl ConnectionTrait) -> Result<u64, DbError> {
    Ok(Entity::find().count(conn).await?)
}

/// How many syncs are paused.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count_paused(conn: &impl ConnectionTrait) -> Result<u64, DbError> {
    Ok(Entity::find().filter(Column::IsPaused.eq(true)).count(conn).await?)
}

fn following(project_id: Uuid) -> Select<Entity> {
    Entity::find()
        .filter(Column::ProjectId.eq(project_id))
        .filter(Column::IsAutoSyncEnabled.eq(true))
        .filter(Column::IsPaused.eq(false))
}

/// The syncs of these projects, each with its project, its status and how many deletions wait for approval.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn states_of_projects(
    conn: &impl ConnectionTrait,
    project_ids: &[Uuid],
) -> Result<Vec<(Uuid, Option<String>, i32)>, DbError> {
    Ok(Entity::find()
        .select_only()
        .column(Column::ProjectId)
        .column(Column::SyncStatus)
        .column(Column::PendingCount)
        .filter(Column::ProjectId.is_in(project_ids.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?)
}
