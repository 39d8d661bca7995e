//! Whose privileges, and who may hand them out.

use keyferry_db::Conn;
use keyferry_db::entities::project_memberships::Model as Membership;
use keyferry_db::project_memberships::Member;
use uuid::Uuid;

use crate::access::{Ability, Facts};
use crate::caller::Caller;
use crate::error::{Error, Result};

/// The kind of member that a family of routes is about. What belongs to the other kind does not exist for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// People.
    User,
    /// Machine identities.
    Identity,
}

/// A member of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A person, by their own membership in the project.
    User {
        /// The membership.
        membership_id: Uuid,
    },
    /// A machine identity that is a member of the project itself.
    Identity {
        /// The project.
        project_id: Uuid,
        /// The identity.
        identity_id: Uuid,
    },
}

impl Target {
    /// The membership. One in a project of another organization is as unknown as none.
    pub(super) async fn find(self, conn: &impl Conn, caller: &Caller) -> Result<Membership> {
        match self {
            Self::User { membership_id } => {
                let missing = || Error::not_found(format!("Project membership with ID '{membership_id}' not found"));
                let found = keyferry_db::find_by_id::<Membership>(conn, membership_id).await?;
                let found = found.filter(|membership| membership.user_id.is_some()).ok_or_else(missing)?;
                require_own_organization(conn, caller, found.project_id, missing).await?;
                Ok(found)
            }
            Self::Identity { project_id, identity_id } => {
                let missing =
                    || Error::not_found(format!("Identity with ID {identity_id} doesn't exists in project with ID {project_id}"));
                require_own_organization(conn, caller, project_id, missing).await?;
                keyferry_db::project_memberships::find(conn, project_id, Member::Identity(identity_id)).await?.ok_or_else(missing)
            }
        }
    }
}

pub(super) async fn require_own_organization(
    conn: &impl Conn,
    caller: &Caller,
    project_id: Uuid,
    missing: impl Fn() -> Error,
) -> Result<()> {
    let project = keyferry_db::projects::find(conn, project_id).await?.ok_or_else(&missing)?;
    if Some(project.org_id) == caller.org_id { Ok(()) } else { Err(missing()) }
}

/// Requires an action on the member.
pub(super) fn require(ability: &Ability, membership: &Membership, action: &str) -> Result<()> {
    match membership.identity_id {
        Some(id) => ability.require(action, "identity", Facts::identity(&id.to_string())),
        None => ability.require(action, "member", Facts::any()),
    }
}

/// Requires the right to give this member privileges: `assign-additional-privileges` or, in older roles, `grant-privileges`.
pub(super) fn require_assign(ability: &Ability, membership: &Membership) -> Result<()> {
    const ASSIGN: &str = "assign-additional-privileges";
    let identity = membership.identity_id.map(|id| id.to_string());
    let (subject, facts) = match &identity {
        Some(id) => ("identity", Facts::identity(id)),
        None => ("member", Facts::any()),
    };
    if ability.allows("grant-privileges", subject, facts) && !ability.forbids(ASSIGN, subject, facts) {
        return Ok(());
    }
    ability.require(ASSIGN, subject, facts)
}
