//! An administrator of the organization joins a project (core API contract 7.8).

use keyferry_db::entities::{project_memberships, projects};
use keyferry_db::project_memberships::Member;
use serde_json::json;
use uuid::Uuid;

use super::creator::insert;
use super::grants::write_built_in;
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::{Actor, Caller};
use crate::error::{Error, Result};

/// Makes the caller administrator of a project of its organization.
///
/// # Errors
/// 403 without the permission, 404 for an unknown project.
pub async fn grant_admin_access(app: &App, caller: &Caller, project_id: Uuid) -> Result<project_memberships::Model> {
    let org_id = access::require_org(caller)?;
    let ability = access::org_ability(app, app.db.read(), caller).await?;
    ability.require("access-all-projects", "organization-admin-console", Facts::any())?;
    let member = match &caller.actor {
        Actor::User { id, .. } => Member::User(*id),
        Actor::Identity { id, .. } => Member::Identity(*id),
        Actor::Service { .. } | Actor::Platform => return Err(Error::forbidden("Only users and identities join projects")),
    };
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id)
        .await?
        .filter(|project: &projects::Model| project.org_id == org_id)
        .ok_or_else(|| Error::not_found(format!("Project with {project_id} not found")))?;
    let membership = match keyferry_db::project_memberships::find(&tx, project_id, member).await? {
        Some(membership) => {
            keyferry_db::project_memberships::clear_grants(&tx, membership.id).await?;
            membership
        }
        None => insert(app, &tx, project_id, member).await?,
    };
    write_built_in(app, &tx, membership.id, project_id, "admin").await?;
    let event = Event::project(caller, project_id, "org-admin-access-project", json!({"projectId": project_id}));
    audit::record(app, &tx, caller, event).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(membership)
}
