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

/// A role granted in a project, or an additional privilege, with the rules where they are stored.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Where it comes from.
    pub source: GrantSource,
    /// Slug of a built-in role, or `custom`; of a privilege its slug.
    pub role: String,
    /// Whether it ends by itself.
    pub is_temporary: bool,
    /// When it ends.
    pub temporary_end_at_ms: Option<i64>,
    /// Slug of the custom role.
    pub custom_slug: Option<String>,
    /// Rules of the custom role or of the privilege, JSON.
    pub custom_permissions: Option<String>,
}

/// Where a grant comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantSource {
    /// A role of the member's own.
    Own,
    /// A role of a group that the member is in.
    Group(Uuid),
    /// An additional privilege of the member's own.
    Privilege,
}

/// What a member of a project holds: the roles of the groups they are in, their own, and their additional privileges, in that
/// order, so that what was given to one alone has the last word. `None` for somebody who is no member by themselves and in no
/// group that is.
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
        (None, Some(id)) => query.filter(
            Condition::any()
                .add(project_memberships::Column::IdentityId.eq(id))
                .add(project_memberships::Column::GroupId.in_subquery(super::groups::ids_of_identity(id))),
        ),
        (None, None) => return Ok(None),
    };
    let mut memberships = query.all(conn).await?;
    if memberships.is_empty() {
        return Ok(None);
    }
    memberships.sort_by_key(|membership| (membership.group_id.is_none(), membership.created_at_ms, membership.id));
    membership_grants(conn, project_id, &memberships).await.map(Some)
}

/// What these memberships of a project give: roles in the order of the memberships, then privileges.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn membership_grants(
    conn: &impl ConnectionTrait,
    project_id: Uuid,
    memberships: &[project_memberships::Model],
) -> Result<Vec<Grant>, DbError> {
    let ids: Vec<Uuid> = memberships.iter().map(|membership| membership.id).collect();
    let mut roles = project_membership_roles::Entity::find()
        .filter(project_membership_roles::Column::MembershipId.is_in(ids.clone()))
        .all(conn)
        .await?;
    roles.sort_by_key(|role| (ids.iter().position(|id| *id == role.membership_id), role.created_at_ms, role.id));
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
    let source = |membership_id: Uuid| {
        let group = memberships.iter().find(|membership| membership.id == membership_id).and_then(|found| found.group_id);
        group.map_or(GrantSource::Own, GrantSource::Group)
    };
    let privileges = super::additional_privileges::list(conn, &ids).await?;
    let roles = roles.into_iter().map(|role| {
        let custom = customs.iter().find(|c| Some(c.id) == role.custom_role_id);
        Grant {
            source: source(role.membership_id),
            role: role.role,
            is_temporary: role.is_temporary,
            temporary_end_at_ms: role.temporary_end_at_ms,
            custom_slug: custom.map(|c| c.slug.clone()),
            custom_permissions: custom.map(|c| c.permissions.clone()),
        }
    });
    let privileges = privileges.into_iter().map(|privilege| Grant {
        source: GrantSource::Privilege,
        role: privilege.slug,
        is_temporary: privilege.is_temporary,
        temporary_end_at_ms: privilege.temporary_end_at_ms,
        custom_slug: None,
        custom_permissions: Some(privilege.permissions),
    });
    Ok(roles.chain(privileges).collect())
}
