//! Loads the ability of a caller, with the refusals of core API contract 8.3.

use std::sync::Arc;

use keyferry_db::Conn;
use keyferry_db::access::GrantSource;
use keyferry_db::entities::projects;
use uuid::Uuid;

use super::ability::Ability;
use super::roles;
use super::rule::Rule;
use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::error::{Error, Result};

/// The organization the caller acts in.
///
/// # Errors
/// [`Error::Unauthorized`] when the token carries none.
pub fn require_org(caller: &Caller) -> Result<Uuid> {
    caller.org_id.ok_or_else(|| Error::Unauthorized {
        name: Some("Unauthorized Access, no organization found in request".to_owned()),
        message: "You are not allowed to access this resource".to_owned(),
    })
}

/// The caller's ability in its organization.
///
/// # Errors
/// [`Error::Unauthorized`] without an organization, [`Error::Forbidden`] for somebody who is no active member.
pub async fn org_ability(app: &App, conn: &impl Conn, caller: &Caller) -> Result<Ability> {
    let org_id = require_org(caller)?;
    if caller.actor == Actor::Platform {
        return Ok(Ability::unlimited());
    }
    let _ = app;
    let membership = match &caller.actor {
        Actor::User { id, .. } => keyferry_db::access::find_org_membership_of_user(conn, org_id, *id).await?,
        Actor::Identity { id, .. } => keyferry_db::access::find_org_membership_of_identity(conn, org_id, *id).await?,
        Actor::Service { .. } | Actor::Platform => None,
    };
    let membership = membership.filter(|m| m.is_active).ok_or_else(|| Error::forbidden("User not member of organization"))?;
    let mut rules = Vec::new();
    let mut slugs = Vec::new();
    let groups = match (membership.user_id, membership.identity_id) {
        (Some(user_id), _) => keyferry_db::groups::list_of_user(conn, org_id, user_id).await?,
        (None, Some(identity_id)) => keyferry_db::groups::list_of_identity(conn, org_id, identity_id).await?,
        (None, None) => Vec::new(),
    };
    // Groups come first, so that what somebody holds themselves has the last word.
    let held = groups.into_iter().map(|group| (group.role, group.role_id));
    for (role, role_id) in held.chain([(membership.role, membership.role_id)]) {
        if let Some(built_in) = roles::org_role(&role) {
            rules.extend(built_in);
            slugs.push(role);
        } else if let Some(id) = role_id
            && let Some(custom) = keyferry_db::access::find_org_role(conn, org_id, id).await?
        {
            rules.extend(parse_rules(&custom.permissions)?);
            slugs.push(custom.slug);
        }
    }
    Ok(Ability::new(rules, slugs))
}

/// The project and the caller's ability in it.
///
/// # Errors
/// 404 for an unknown project, 403 for one of another organization or one the caller does not belong to (core 8.3).
pub async fn project_ability(
    app: &App,
    conn: &impl Conn,
    caller: &Caller,
    project_id: Uuid,
) -> Result<(Arc<projects::Model>, Arc<Ability>)> {
    let org_id = require_org(caller)?;
    let key = (project_id, caller.actor.id());
    if let Some((project, ability, until_ms)) = app.abilities.get(&key)
        && app.clock.now_ms() < until_ms
        && project.org_id == org_id
    {
        return Ok((project, ability));
    }
    let epoch = app.abilities.epoch();
    let project = keyferry_db::find_by_id::<projects::Model>(conn, project_id)
        .await?
        .ok_or_else(|| Error::not_found(format!("Project with {project_id} not found")))?;
    if project.org_id != org_id {
        return Err(Error::forbidden("This project does not belong to your selected organization."));
    }
    let now_ms = app.clock.now_ms();
    let ability = match &caller.actor {
        Actor::Platform => Ability::unlimited(),
        Actor::User { .. } | Actor::Identity { .. } => load_project_rules(conn, caller, project_id, now_ms).await?,
        Actor::Service { id, project_id: own, .. } => {
            if *own != project_id {
                return Err(Error::forbidden(format!("Service token not a part of the specified project with ID {project_id}")));
            }
            Ability::new(crate::service_tokens::rules_of(conn, project_id, *id, now_ms).await?, Vec::new())
        }
    };
    let (project, ability) = (Arc::new(project), Arc::new(ability));
    // A change made by another replica must be felt within a second.
    app.abilities.insert(epoch, key, (Arc::clone(&project), Arc::clone(&ability), now_ms + 500));
    Ok((project, ability))
}

/// Forgets cached abilities; called after every commit that changes projects, memberships, roles or organizations.
pub fn forget_project(app: &App) {
    app.abilities.clear();
}

async fn load_project_rules(conn: &impl Conn, caller: &Caller, project_id: Uuid, now_ms: i64) -> Result<Ability> {
    let (user_id, identity_id) = match &caller.actor {
        Actor::User { id, .. } => (Some(*id), None),
        Actor::Identity { id, .. } => (None, Some(*id)),
        Actor::Service { .. } | Actor::Platform => (None, None),
    };
    let Some(grants) = keyferry_db::access::project_grants(conn, project_id, user_id, identity_id).await? else {
        let kind = caller.actor.kind();
        return Err(Error::forbidden(format!(
            "You are not a member of this project with ID {project_id}. Please assign this {kind} to the project with the \
             appropriate permissions, then try again."
        )));
    };
    let mut rules = Vec::new();
    let mut slugs = Vec::new();
    for grant in grants {
        if grant.is_temporary && grant.temporary_end_at_ms.is_none_or(|end| end <= now_ms) {
            continue;
        }
        if let Some(custom) = grant.custom_permissions {
            rules.extend(parse_rules(&custom)?);
            if grant.source != GrantSource::Privilege {
                slugs.push(grant.custom_slug.unwrap_or(grant.role));
            }
        } else if let Some(built_in) = roles::project_role(&grant.role) {
            rules.extend(built_in);
            slugs.push(grant.role);
        }
    }
    Ok(Ability::new(rules, slugs))
}

fn parse_rules(json: &str) -> Result<Vec<Rule>> {
    serde_json::from_str(json).map_err(|e| Error::internal(format!("a stored role cannot be read: {e}")))
}
