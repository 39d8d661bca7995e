//! A membership with what belongs to it.

use std::collections::HashMap;

use keyferry_db::Conn;
use keyferry_db::entities::{
    groups, identities, org_memberships, project_membership_roles, project_memberships, project_roles, projects, users,
};
use uuid::Uuid;

use crate::app::App;
use crate::error::Result;

/// A role granted to a membership.
#[derive(Clone, Debug)]
pub struct GrantView {
    /// The grant.
    pub grant: project_membership_roles::Model,
    /// The custom role, where it grants one.
    pub custom_role: Option<project_roles::Model>,
}

/// A membership, its roles, and both sides of it.
#[derive(Clone, Debug)]
pub struct MembershipView {
    /// The membership.
    pub membership: project_memberships::Model,
    /// Its roles, expired ones included.
    pub roles: Vec<GrantView>,
    /// The project.
    pub project: projects::Model,
    /// The user, for a person's membership.
    pub user: Option<users::Model>,
    /// The identity, for a machine's membership.
    pub identity: Option<identities::Model>,
    /// The group, for a group's membership.
    pub group: Option<groups::Model>,
    /// The methods the identity may sign in with.
    pub auth_methods: Vec<&'static str>,
    /// The identity's membership in the organization, for its last sign-in.
    pub org_membership: Option<org_memberships::Model>,
}

/// Completes memberships, keeping their order.
pub(crate) async fn complete(
    app: &App,
    conn: &impl Conn,
    memberships: Vec<project_memberships::Model>,
) -> Result<Vec<MembershipView>> {
    let _ = app;
    let ids: Vec<Uuid> = memberships.iter().map(|membership| membership.id).collect();
    let identity_ids: Vec<Uuid> = memberships.iter().filter_map(|membership| membership.identity_id).collect();
    let user_ids: Vec<Uuid> = memberships.iter().filter_map(|membership| membership.user_id).collect();
    let mut grants = grants(conn, &ids).await?;
    let mut projects: HashMap<Uuid, projects::Model> = HashMap::new();
    for membership in &memberships {
        if !projects.contains_key(&membership.project_id)
            && let Some(project) = keyferry_db::find_by_id::<projects::Model>(conn, membership.project_id).await?
        {
            projects.insert(project.id, project);
        }
    }
    let users: HashMap<Uuid, users::Model> = if user_ids.is_empty() {
        HashMap::new()
    } else {
        keyferry_db::users::list_by_ids(conn, user_ids).await?.into_iter().map(|user| (user.id, user)).collect()
    };
    let group_ids: Vec<Uuid> = memberships.iter().filter_map(|membership| membership.group_id).collect();
    let groups: HashMap<Uuid, groups::Model> = if group_ids.is_empty() {
        HashMap::new()
    } else {
        keyferry_db::groups::list_by_ids(conn, group_ids).await?.into_iter().map(|group| (group.id, group)).collect()
    };
    let mut machines = Machines::load(conn, &identity_ids, projects.values().next().map(|project| project.org_id)).await?;
    Ok(memberships
        .into_iter()
        .filter_map(|membership| {
            let identity_id = membership.identity_id.unwrap_or_default();
            Some(MembershipView {
                roles: grants.remove(&membership.id).unwrap_or_default(),
                project: projects.get(&membership.project_id)?.clone(),
                user: membership.user_id.and_then(|id| users.get(&id).cloned()),
                group: membership.group_id.and_then(|id| groups.get(&id).cloned()),
                identity: machines.identities.get(&identity_id).cloned(),
                auth_methods: machines.auth_methods.get(&identity_id).cloned().unwrap_or_default(),
                org_membership: machines.org_memberships.remove(&identity_id),
                membership,
            })
        })
        .collect())
}

async fn grants(conn: &impl Conn, membership_ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<GrantView>>> {
    let rows = keyferry_db::project_memberships::list_grants(conn, membership_ids).await?;
    let custom_ids: Vec<Uuid> = rows.iter().filter_map(|row| row.custom_role_id).collect();
    let customs: HashMap<Uuid, project_roles::Model> = if custom_ids.is_empty() {
        HashMap::new()
    } else {
        keyferry_db::project_roles::list_by_ids(conn, custom_ids).await?.into_iter().map(|role| (role.id, role)).collect()
    };
    let mut grants: HashMap<Uuid, Vec<GrantView>> = HashMap::new();
    for grant in rows {
        let custom_role = grant.custom_role_id.and_then(|id| customs.get(&id).cloned());
        grants.entry(grant.membership_id).or_default().push(GrantView { grant, custom_role });
    }
    Ok(grants)
}

/// The identities behind memberships; empty when there are none.
#[derive(Default)]
struct Machines {
    identities: HashMap<Uuid, identities::Model>,
    auth_methods: HashMap<Uuid, Vec<&'static str>>,
    org_memberships: HashMap<Uuid, org_memberships::Model>,
}

impl Machines {
    async fn load(conn: &impl Conn, ids: &[Uuid], org_id: Option<Uuid>) -> Result<Self> {
        let (Some(org_id), false) = (org_id, ids.is_empty()) else { return Ok(Self::default()) };
        let identities = keyferry_db::identities::list_by_ids(conn, ids).await?;
        let org_memberships = keyferry_db::org_memberships::list_of_identities(conn, org_id, ids).await?;
        Ok(Self {
            identities: identities.into_iter().map(|identity| (identity.id, identity)).collect(),
            auth_methods: crate::identities::auth_methods(conn, ids).await?,
            org_memberships: org_memberships.into_iter().filter_map(|row| row.identity_id.map(|id| (id, row))).collect(),
        })
    }
}
