//! Who belongs to an organization.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entities::org_memberships::{Column, Entity, Model};
use crate::error::DbError;
use crate::write::WriteTx;

/// The memberships of a user, oldest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_of_user(conn: &impl ConnectionTrait, user_id: Uuid) -> Result<Vec<Model>, DbError> {
    let query = Entity::find().filter(Column::UserId.eq(user_id));
    Ok(query.order_by_asc(Column::CreatedAtMs).order_by_asc(Column::Id).all(conn).await?)
}

/// The users of an organization, oldest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_users(conn: &impl ConnectionTrait, org_id: Uuid) -> Result<Vec<Model>, DbError> {
    let query = Entity::find().filter(Column::OrgId.eq(org_id)).filter(Column::UserId.is_not_null());
    Ok(query.order_by_asc(Column::CreatedAtMs).order_by_asc(Column::Id).all(conn).await?)
}

/// The memberships of these users in an organization.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_of_users(conn: &impl ConnectionTrait, org_id: Uuid, user_ids: &[Uuid]) -> Result<Vec<Model>, DbError> {
    let query = Entity::find().filter(Column::OrgId.eq(org_id)).filter(Column::UserId.is_in(user_ids.to_vec()));
    Ok(query.all(conn).await?)
}

/// The memberships of these identities in an organization.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_of_identities(conn: &impl ConnectionTrait, org_id: Uuid, identity_ids: &[Uuid]) -> Result<Vec<Model>, DbError> {
    let query = Entity::find().filter(Column::OrgId.eq(org_id)).filter(Column::IdentityId.is_in(identity_ids.to_vec()));
    Ok(query.all(conn).await?)
}

/// How many active users administer an organization.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count_admins(conn: &impl ConnectionTrait, org_id: Uuid) -> Result<u64, DbError> {
    Ok(Entity::find()
        .filter(Column::OrgId.eq(org_id))
        .filter(Column::UserId.is_not_null())
        .filter(Column::IsActive.eq(true))
        .filter(Column::Role.eq("admin"))
        .count(conn)
        .await?)
}

/// How many memberships hold a custom role.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count_role(conn: &impl ConnectionTrait, org_id: Uuid, role_id: Uuid) -> Result<u64, DbError> {
    Ok(Entity::find().filter(Column::OrgId.eq(org_id)).filter(Column::RoleId.eq(role_id)).count(conn).await?)
}

/// Notes a sign-in on a membership.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn note_login(tx: &WriteTx, id: Uuid, auth_method: &str, now_ms: i64) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::LastLoginAuthMethod, Expr::value(auth_method))
        .col_expr(Column::LastLoginAtMs, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}
