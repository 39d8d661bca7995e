//! Looking at organizations.

use keyferry_db::entities::{org_memberships, organizations};
use uuid::Uuid;

use crate::access;
use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::error::{Error, Result};

/// An organization with the caller's membership in it.
#[derive(Clone, Debug)]
pub struct OrganizationView {
    /// The organization.
    pub organization: organizations::Model,
    /// The membership.
    pub membership: org_memberships::Model,
}

/// The organizations that the caller may choose, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<OrganizationView>> {
    let conn = app.db.read();
    let memberships = match (&caller.actor, caller.org_id) {
        (Actor::User { id, .. }, _) => keyferry_db::org_memberships::list_of_user(conn, *id).await?,
        (Actor::Identity { id, .. }, Some(org_id)) => {
            keyferry_db::access::find_org_membership_of_identity(conn, org_id, *id).await?.into_iter().collect()
        }
        _ => Vec::new(),
    };
    let ids = memberships.iter().filter(|membership| membership.is_active).map(|membership| membership.org_id).collect();
    let organizations = keyferry_db::organizations::list_by_ids(conn, ids).await?;
    Ok(organizations
        .into_iter()
        .filter_map(|organization| {
            let membership = memberships.iter().find(|membership| membership.org_id == organization.id)?.clone();
            Some(OrganizationView { organization, membership })
        })
        .collect())
}

/// The caller's organization.
///
/// # Errors
/// 403 for any other.
pub async fn get(app: &App, caller: &Caller, id: Uuid) -> Result<organizations::Model> {
    if access::require_org(caller)? != id {
        return Err(Error::forbidden("You are not a member of this organization"));
    }
    let conn = app.db.read();
    access::org_ability(app, conn, caller).await?;
    keyferry_db::find_by_id::<organizations::Model>(conn, id)
        .await?
        .ok_or_else(|| Error::not_found(format!("Organization with ID '{id}' not found")))
}
