//! Groups of an organization, and the people and machine identities in them.

use sea_orm::sea_query::SelectStatement;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use crate::entities::{group_identities as machines, group_members as members, groups};
use crate::error::DbError;
use crate::write::WriteTx;

/// A group of an organization.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find(conn: &impl ConnectionTrait, org_id: Uuid, id: Uuid) -> Result<Option<groups::Model>, DbError> {
    Ok(groups::Entity::find_by_id(id).filter(groups::Column::OrgId.eq(org_id)).one(conn).await?)
}

/// A group of an organization by its name.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_by_name(conn: &impl ConnectionTrait, org_id: Uuid, name: &str) -> Result<Option<groups::Model>, DbError> {
    Ok(groups::Entity::find().filter(groups::Column::OrgId.eq(org_id)).filter(groups::Column::Name.eq(name)).one(conn).await?)
}

/// The groups of an organization, by name.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list(conn: &impl ConnectionTrait, org_id: Uuid) -> Result<Vec<groups::Model>, DbError> {
    let query = groups::Entity::find().filter(groups::Column::OrgId.eq(org_id));
    Ok(query.order_by_asc(groups::Column::Name).order_by_asc(groups::Column::Id).all(conn).await?)
}

/// The groups with these ids.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_by_ids(conn: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<Vec<groups::Model>, DbError> {
    Ok(groups::Entity::find().filter(groups::Column::Id.is_in(ids)).all(conn).await?)
}

/// How many people each group of an organization has; a group without any is left out.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count_members(conn: &impl ConnectionTrait, org_id: Uuid) -> Result<Vec<(Uuid, i64)>, DbError> {
    let query = members::Entity::find()
        .select_only()
        .column(members::Column::GroupId)
        .column_as(members::Column::Id.count(), "people")
        .filter(members::Column::GroupId.in_subquery(ids_of_org(org_id)))
        .group_by(members::Column::GroupId);
    Ok(query.into_tuple().all(conn).await?)
}

/// How many machine identities each group of an organization has; a group without any is left out.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count_identities(conn: &impl ConnectionTrait, org_id: Uuid) -> Result<Vec<(Uuid, i64)>, DbError> {
    let query = machines::Entity::find()
        .select_only()
        .column(machines::Column::GroupId)
        .column_as(machines::Column::Id.count(), "machines")
        .filter(machines::Column::GroupId.in_subquery(ids_of_org(org_id)))
        .group_by(machines::Column::GroupId);
    Ok(query.into_tuple().all(conn).await?)
}

/// How many groups an organization has.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count(conn: &impl ConnectionTrait, org_id: Uuid) -> Result<u64, DbError> {
    Ok(groups::Entity::find().filter(groups::Column::OrgId.eq(org_id)).count(conn).await?)
}

/// How many groups of an organization hold a custom role.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count_role(conn: &impl ConnectionTrait, org_id: Uuid, role_id: Uuid) -> Result<u64, DbError> {
    Ok(groups::Entity::find()
        .filter(groups::Column::OrgId.eq(org_id))
        .filter(groups::Column::RoleId.eq(role_id))
        .count(conn)
        .await?)
}

/// The groups of an organization that a person is in, by id.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_of_user(conn: &impl ConnectionTrait, org_id: Uuid, user_id: Uuid) -> Result<Vec<groups::Model>, DbError> {
    Ok(groups::Entity::find()
        .filter(groups::Column::OrgId.eq(org_id))
        .filter(groups::Column::Id.in_subquery(ids_of_user(user_id)))
        .order_by_asc(groups::Column::Id)
        .all(conn)
        .await?)
}

/// A subquery: the ids of the groups that a person is in.
pub(crate) fn ids_of_user(user_id: Uuid) -> SelectStatement {
    members::Entity::find()
        .select_only()
        .column(members::Column::GroupId)
        .filter(members::Column::UserId.eq(user_id))
        .into_query()
}

/// The groups of an organization that a machine identity is in, by id.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_of_identity(
    conn: &impl ConnectionTrait,
    org_id: Uuid,
    identity_id: Uuid,
) -> Result<Vec<groups::Model>, DbError> {
    Ok(groups::Entity::find()
        .filter(groups::Column::OrgId.eq(org_id))
        .filter(groups::Column::Id.in_subquery(ids_of_identity(identity_id)))
        .order_by_asc(groups::Column::Id)
        .all(conn)
        .await?)
}

/// A subquery: the ids of the groups that a machine identity is in.
pub(crate) fn ids_of_identity(identity_id: Uuid) -> SelectStatement {
    machines::Entity::find()
        .select_only()
        .column(machines::Column::GroupId)
        .filter(machines::Column::IdentityId.eq(identity_id))
        .into_query()
}

/// The machine identities in a group, longest there first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_identities(conn: &impl ConnectionTrait, group_id: Uuid) -> Result<Vec<machines::Model>, DbError> {
    let query = machines::Entity::find().filter(machines::Column::GroupId.eq(group_id));
    Ok(query.order_by_asc(machines::Column::CreatedAtMs).order_by_asc(machines::Column::Id).all(conn).await?)
}

/// A machine identity's place in a group.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_identity(
    conn: &impl ConnectionTrait,
    group_id: Uuid,
    identity_id: Uuid,
) -> Result<Option<machines::Model>, DbError> {
    Ok(machines::Entity::find()
        .filter(machines::Column::GroupId.eq(group_id))
        .filter(machines::Column::IdentityId.eq(identity_id))
        .one(conn)
        .await?)
}

/// A subquery: the ids of the groups of an organization.
fn ids_of_org(org_id: Uuid) -> SelectStatement {
    groups::Entity::find().select_only().column(groups::Column::Id).filter(groups::Column::OrgId.eq(org_id)).into_query()
}

/// The people in a group, longest there first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_members(conn: &impl ConnectionTrait, group_id: Uuid) -> Result<Vec<members::Model>, DbError> {
    let query = members::Entity::find().filter(members::Column::GroupId.eq(group_id));
    Ok(query.order_by_asc(members::Column::CreatedAtMs).order_by_asc(members::Column::Id).all(conn).await?)
}

/// A person's place in a group.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_member(conn: &impl ConnectionTrait, group_id: Uuid, user_id: Uuid) -> Result<Option<members::Model>, DbError> {
    Ok(members::Entity::find()
        .filter(members::Column::GroupId.eq(group_id))
        .filter(members::Column::UserId.eq(user_id))
        .one(conn)
        .await?)
}

/// Takes a person out of every group of an organization.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn remove_user(tx: &WriteTx, org_id: Uuid, user_id: Uuid) -> Result<(), DbError> {
    members::Entity::delete_many()
        .filter(members::Column::UserId.eq(user_id))
        .filter(members::Column::GroupId.in_subquery(ids_of_org(org_id)))
        .exec(tx)
        .await?;
    Ok(())
}
