//! Who belongs to a project, and with which roles.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entities::{project_membership_roles as grants, project_memberships as memberships};
use crate::error::DbError;
use crate::write::WriteTx;

/// A user's, identity's or group's own membership in a project.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find(conn: &impl ConnectionTrait, project_id: Uuid, member: Member) -> Result<Option<memberships::Model>, DbError> {
    let query = memberships::Entity::find().filter(memberships::Column::ProjectId.eq(project_id));
    let query = match member {
        Member::User(id) => query.filter(memberships::Column::UserId.eq(id)),
        Member::Identity(id) => query.filter(memberships::Column::IdentityId.eq(id)),
        Member::Group(id) => query.filter(memberships::Column::GroupId.eq(id)),
    };
    Ok(query.one(conn).await?)
}

/// Who is a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// A person.
    User(Uuid),
    /// A machine identity.
    Identity(Uuid),
    /// A group of people.
    Group(Uuid),
}

/// The memberships of a project's users, oldest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_users(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<Vec<memberships::Model>, DbError> {
    let query = memberships::Entity::find()
        .filter(memberships::Column::ProjectId.eq(project_id))
        .filter(memberships::Column::UserId.is_not_null());
    Ok(query.order_by_asc(memberships::Column::CreatedAtMs).order_by_asc(memberships::Column::Id).all(conn).await?)
}

/// The memberships of a project's identities, oldest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_identities(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<Vec<memberships::Model>, DbError> {
    let query = memberships::Entity::find()
        .filter(memberships::Column::ProjectId.eq(project_id))
        .filter(memberships::Column::IdentityId.is_not_null());
    Ok(query.order_by_asc(memberships::Column::CreatedAtMs).order_by_asc(memberships::Column::Id).all(conn).await?)
}

/// The memberships of a project's groups, oldest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_groups(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<Vec<memberships::Model>, DbError> {
    let query = memberships::Entity::find()
        .filter(memberships::Column::ProjectId.eq(project_id))
        .filter(memberships::Column::GroupId.is_not_null());
    Ok(query.order_by_asc(memberships::Column::CreatedAtMs).order_by_asc(memberships::Column::Id).all(conn).await?)
}

/// The memberships of a group in all projects, oldest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_of_group(conn: &impl ConnectionTrait, group_id: Uuid) -> Result<Vec<memberships::Model>, DbError> {
    list_of(conn, Member::Group(group_id)).await
}

/// The memberships of a member in all projects, oldest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_of(conn: &impl ConnectionTrait, member: Member) -> Result<Vec<memberships::Model>, DbError> {
    let query = memberships::Entity::find();
    let query = match member {
        Member::User(id) => query.filter(memberships::Column::UserId.eq(id)),
        Member::Identity(id) => query.filter(memberships::Column::IdentityId.eq(id)),
        Member::Group(id) => query.filter(memberships::Column::GroupId.eq(id)),
    };
    Ok(query.order_by_asc(memberships::Column::CreatedAtMs).order_by_asc(memberships::Column::Id).all(conn).await?)
}

/// The grants of these memberships, oldest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_grants(conn: &impl ConnectionTrait, membership_ids: &[Uuid]) -> Result<Vec<grants::Model>, DbError> {
    Ok(grants::Entity::find()
        .filter(grants::Column::MembershipId.is_in(membership_ids.to_vec()))
        .order_by_asc(grants::Column::CreatedAtMs)
        .order_by_asc(grants::Column::Id)
        .all(conn)
        .await?)
}

/// Takes every grant from a membership.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn clear_grants(tx: &WriteTx, membership_id: Uuid) -> Result<(), DbError> {
    grants::Entity::delete_many().filter(grants::Column::MembershipId.eq(membership_id)).exec(tx).await?;
    Ok(())
}
