//! Memberships and roles, as permissions need them.

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::entities::{org_memberships, org_roles, project_membership_roles, project_memberships, project_roles};
use crate::error::DbError;

/// A user's membership in an organization.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_org_membership_of_user(
    conn: &impl ConnectionTrait,
    org_id: Uuid,
    user_id: Uuid,
) -> Result<Option<org_memberships::Model>, DbError> {
    Ok(org_memberships::Entity::find()
        .filter(org_memberships::Column::OrgId.eq(org_id))
        .filter(org_memberships::Column::UserId.eq(user_id))
        .one(conn)
        .await?)
}

/// An identity's membership in an organization.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_org_membership_of_identity(
    conn: &impl ConnectionTrait,
    org_id: Uuid,
    identity_id: Uuid,
) -> Result<Option<org_memberships::Model>, DbError> {
    Ok(org_memberships::Entity::find()
        .filter(org_memberships::Column::OrgId.eq(org_id))
        .filter(org_memberships::Column::IdentityId.eq(identity_id))
        .one(conn)
        .await?)
}

/// A custom role of an organization.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_org_role(conn: &impl ConnectionTrait, org_id: Uuid, id: Uuid) -> Result<Option<org_roles::Model>, DbError> {
    Ok(org_roles::Entity::find_by_id(id).filter(org_roles::Column::OrgId.eq(org_id)).one(conn).await?)
}

/// A role granted in a project, with the rules of a custom role beside it.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Slug of a built-in role, or `custom`.
    pub role: String,
    /// Whether it ends by itself.
    pub is_temporary: bool,
    /// When it ends.
    pub temporary_end_at_ms: Option<i64>,
    /// Slug of the custom role.
    pub custom_slug: Option<String>,
    /// Rules of the custom role, JSON.
    pub custom_permissions: Option<String>,
}

/// The roles of a member in a project, for a person with those of the groups they are in; `None` for somebody who is no member by
/// themselves and in no group that is. Roles of groups come first, so that a member's own have the last word.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn project_grants(
    conn: &impl ConnectionTrait,
    project_id: Uuid,
    user_id: Option<Uuid>,
    identity_id: Option<Uuid>,
) -> Result<Option<Vec<Grant>>, DbError> {
    let query = project_memberships::Entity::find().filter(project_memberships::Column::ProjectId.eq(project_id));
    let query = match (user_id, identity_id) {
        (Some(id), _) => query.filter(
            Condition::any()
                .add(project_memberships::Column::UserId.eq(id))
                .add(project_memberships::Column::GroupId.in_subquery(super::groups::ids_of_user(id))),
        ),
        (None, Some(id)) => query.filter(project_memberships::Column::IdentityId.eq(id)),
        (None, None) => return Ok(None),
    };
    let mut memberships = query.all(conn).await?;
    if memberships.is_empty() {
        return Ok(None);
    }
    memberships.sort_by_key(|membership| (membership.group_id.is_none(), membership.created_at_ms, membership.id));
    let ids: Vec<Uuid> = memberships.iter().map(|membership| membership.id).collect();
    membership_grants(conn, project_id, &ids).await.map(Some)
}

/// The roles that these memberships of a project give, in the order of the memberships.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn membership_grants(
    conn: &impl ConnectionTrait,
    project_id: Uuid,
    membership_ids: &[Uuid],
) -> Result<Vec<Grant>, DbError> {
    let mut roles = project_membership_roles::Entity::find()
        .filter(project_membership_roles::Column::MembershipId.is_in(membership_ids.to_vec()))
        .all(conn)
        .await?;
    roles.sort_by_key(|role| (membership_ids.iter().position(|id| *id == role.membership_id), role.created_at_ms, role.id));
    let custom_ids: Vec<Uuid> = roles.iter().filter_map(|r| r.custom_role_id).collect();
    let customs = if custom_ids.is_empty() {
        Vec::new()
    } else {
        project_roles::Entity::find()
            .filter(project_roles::Column::ProjectId.eq(project_id))
            .filter(project_roles::Column::Id.is_in(custom_ids))
            .all(conn)
            .await?
    };
    Ok(roles
        .into_iter()
        .map(|role| {
            let custom = customs.iter().find(|c| Some(c.id) == role.custom_role_id);
            Grant {
                role: role.role,
                is_temporary: role.is_temporary,
                temporary_end_at_ms: role.temporary_end_at_ms,
                custom_slug: custom.map(|c| c.slug.clone()),
                custom_permissions: custom.map(|c| c.permissions.clone()),
            }
        })
        .collect())
}
