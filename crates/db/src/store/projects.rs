//! Projects.

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entities::projects::{Column, Entity, Model};
use crate::entities::{app_connections, project_memberships, secret_syncs};
use crate::error::DbError;
use crate::write::WriteTx;

/// A project by id. Scoping to the caller's organization stays the caller's duty.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).one(conn).await?)
}

/// A project of an organization by slug.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_by_slug(conn: &impl ConnectionTrait, org_id: Uuid, slug: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::OrgId.eq(org_id)).filter(Column::Slug.eq(slug)).one(conn).await?)
}

/// Locks the project's row until the transaction ends and answers its present state. On SQLite the writer is alone anyway.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn lock(tx: &WriteTx, id: Uuid) -> Result<Option<Model>, DbError> {
    let query = Entity::find_by_id(id);
    let query = if tx.needs_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.one(tx).await?)
}

/// The projects of an organization that a user or an identity belongs to, by themselves or through a group, oldest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_for_member(
    conn: &impl ConnectionTrait,
    org_id: Uuid,
    user_id: Option<Uuid>,
    identity_id: Option<Uuid>,
) -> Result<Vec<Model>, DbError> {
    let memberships = project_memberships::Entity::find().select_only().column(project_memberships::Column::ProjectId);
    let memberships = match (user_id, identity_id) {
        (Some(id), _) => memberships.filter(
            Condition::any()
                .add(project_memberships::Column::UserId.eq(id))
                .add(project_memberships::Column::GroupId.in_subquery(super::groups::ids_of_user(id))),
        ),
        (None, Some(id)) => memberships.filter(
            Condition::any()
                .add(project_memberships::Column::IdentityId.eq(id))
                .add(project_memberships::Column::GroupId.in_subquery(super::groups::ids_of_identity(id))),
        ),
        (None, None) => return Ok(Vec::new()),
    };
    Ok(Entity::find()
        .filter(Column::OrgId.eq(org_id))
        .filter(Column::Id.in_subquery(sea_orm::QueryTrait::into_query(memberships)))
        .order_by_asc(Column::CreatedAtMs)
        .order_by_asc(Column::Id)
        .all(conn)
        .await?)
}

/// All projects of an organization, oldest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_by_org(conn: &impl ConnectionTrait, org_id: Uuid) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find()
        .filter(Column::OrgId.eq(org_id))
        .order_by_asc(Column::CreatedAtMs)
        .order_by_asc(Column::Id)
        .all(conn)
        .await?)
}

/// Deletes a project with everything in it. Syncs go first, because a connection refuses to go while a sync uses it; that
/// includes syncs of other projects, which cannot exist for a connection of this project.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn delete_with_contents(tx: &WriteTx, id: Uuid) -> Result<(), DbError> {
    secret_syncs::Entity::delete_many().filter(secret_syncs::Column::ProjectId.eq(id)).exec(tx).await?;
    app_connections::Entity::delete_many().filter(app_connections::Column::ProjectId.eq(id)).exec(tx).await?;
    Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}
