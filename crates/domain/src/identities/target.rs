//! The identity that an action is about, with the proof that the caller may act on it.

use keyferry_db::Conn;
use keyferry_db::entities::{identities, org_memberships};
use keyferry_db::project_memberships::Member;
use uuid::Uuid;

use crate::access::{self, Ability, Facts};
use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::error::{Error, Result};
use crate::organizations;

/// An identity of the caller's organization on which the caller may do what was asked.
pub(crate) struct Target {
    pub identity: identities::Model,
    pub membership: org_memberships::Model,
    /// What the caller may do in the organization.
    pub ability: Ability,
}

impl Target {
    /// Finds the identity and asks for the permission `action` on it: in its project where it belongs to one, else in the
    /// organization.
    ///
    /// # Errors
    /// 404 for one of another organization as for none, 403 without the permission.
    pub async fn find(app: &App, conn: &impl Conn, caller: &Caller, id: Uuid, action: &str) -> Result<Self> {
        let org_id = access::require_org(caller)?;
        let ability = access::org_ability(app, conn, caller).await?;
        let missing = || Error::not_found(format!("Failed to find identity with ID {id}"));
        let identity = keyferry_db::find_by_id::<identities::Model>(conn, id)
            .await?
            .filter(|identity| identity.org_id == org_id)
            .ok_or_else(missing)?;
        let membership = keyferry_db::access::find_org_membership_of_identity(conn, org_id, id).await?.ok_or_else(missing)?;
        let text = id.to_string();
        match identity.project_id {
            None => ability.require(action, "identity", Facts::identity(&text))?,
            Some(project_id) => {
                let (_, in_project) = access::project_ability(app, conn, caller, project_id).await?;
                in_project.require(action, "identity", Facts::identity(&text))?;
            }
        }
        Ok(Self { identity, membership, ability })
    }

    /// Refuses when the identity may do what the caller may not, in the organization or in a project: whoever changes it or
    /// holds its credentials would gain that.
    ///
    /// # Errors
    /// 403 `PermissionBoundaryError`.
    pub async fn require_not_stronger(&self, app: &App, conn: &impl Conn, caller: &Caller, message: &str) -> Result<()> {
        if caller.actor.id() == Some(self.identity.id) {
            return Ok(());
        }
        if self.identity.is_instance_admin && !is_instance_admin(caller) {
            return Err(access::boundary_error(message, Vec::new()));
        }
        let rules = organizations::rules_of(conn, &self.membership).await?;
        self.ability.require_all(&rules, message)?;
        // Who may join every project gains nothing by an identity that is in one.
        if self.ability.allows("access-all-projects", "organization-admin-console", Facts::any()) {
            return Ok(());
        }
        for membership in keyferry_db::project_memberships::list_of(conn, Member::Identity(self.identity.id)).await? {
            let rules = crate::memberships::rules_of(conn, &membership, app.now_ms()).await?;
            if rules.is_empty() {
                continue;
            }
            match access::project_ability(app, conn, caller, membership.project_id).await {
                Ok((_, own)) => own.require_all(&rules, message)?,
                Err(Error::Forbidden { .. }) => return Err(access::boundary_error(message, Ability::default().missing(&rules))),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn is_instance_admin(caller: &Caller) -> bool {
    match &caller.actor {
        Actor::User { is_super_admin, .. } => *is_super_admin,
        Actor::Identity { is_instance_admin, .. } => *is_instance_admin,
        Actor::Service { .. } => false,
        Actor::Platform => true,
    }
}
