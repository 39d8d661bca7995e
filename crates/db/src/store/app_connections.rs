//! App connections: stored credentials for destinations, of an organization or of one project.

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entities::app_connections::{Column, Entity, Model};
use crate::entities::projects;
use crate::error::DbError;
use crate::write::WriteTx;

/// A connection of this organization.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find(conn: &impl ConnectionTrait, org_id: Uuid, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).filter(Column::OrgId.eq(org_id)).one(conn).await?)
}

/// A connection of this organization, held until the transaction ends, so that nothing else changes it meanwhile.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn lock(tx: &WriteTx, org_id: Uuid, id: Uuid) -> Result<Option<Model>, DbError> {
    let query = Entity::find_by_id(id).filter(Column::OrgId.eq(org_id));
    let query = if tx.needs_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.one(tx).await?)
}

/// The connection of that name in a project, or (`project_id` none) among the organization's own.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_by_name(
    conn: &impl ConnectionTrait,
    org_id: Uuid,
    project_id: Option<Uuid>,
    name: &str,
) -> Result<Option<Model>, DbError> {
    Ok(Entity::find()
        .filter(Column::OrgId.eq(org_id))
        .filter(Column::ScopeId.eq(project_id.unwrap_or(Uuid::nil())))
        .filter(Column::Name.eq(name))
        .one(conn)
        .await?)
}

/// Every connection of the organization, those of its projects included, by name.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_of_org(conn: &impl ConnectionTrait, org_id: Uuid) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::OrgId.eq(org_id)).order_by_asc(Column::Name).order_by_asc(Column::Id).all(conn).await?)
}

/// A project's own connections, by name.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_of_project(conn: &impl ConnectionTrait, org_id: Uuid, project_id: Uuid) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find()
        .filter(Column::OrgId.eq(org_id))
        .filter(Column::ProjectId.eq(project_id))
        .order_by_asc(Column::Name)
        .all(conn)
        .await?)
}

/// What a project can connect with: the organization's own connections and, with a project, that project's; by name.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_usable(conn: &impl ConnectionTrait, org_id: Uuid, project_id: Option<Uuid>) -> Result<Vec<Model>, DbError> {
    let mut scope = Condition::any().add(Column::ProjectId.is_null());
    if let Some(id) = project_id {
        scope = scope.add(Column::ProjectId.eq(id));
    }
    Ok(Entity::find()
        .filter(Column::OrgId.eq(org_id))
        .filter(scope)
        .order_by_asc(Column::Name)
        .order_by_asc(Column::Id)
        .all(conn)
        .await?)
}

/// Notes what came of the last check of the credentials; leaves `updated_at_ms` alone, as nobody changed anything.
///
/// # Errors
/// [`DbError`] when the row cannot be written.
pub async fn set_health(tx: &WriteTx, id: Uuid, status: &str, message: Option<&str>, checked_at_ms: i64) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::HealthStatus, sea_orm::sea_query::Expr::value(status))
        .col_expr(Column::HealthMessage, sea_orm::sea_query::Expr::value(message.map(str::to_owned)))
        .col_expr(Column::HealthCheckedAtMs, sea_orm::sea_query::Expr::value(checked_at_ms))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// The projects of this organization with these ids, by name.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn projects_with_ids(
    conn: &impl ConnectionTrait,
    org_id: Uuid,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<projects::Model>, DbError> {
    let ids: std::collections::BTreeSet<Uuid> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(projects::Entity::find()
        .filter(projects::Column::OrgId.eq(org_id))
        .filter(projects::Column::Id.is_in(ids))
        .order_by_asc(projects::Column::Name)
        .all(conn)
        .await?)
}
