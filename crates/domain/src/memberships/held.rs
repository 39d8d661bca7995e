//! What somebody holds in a project, grant by grant, for pages that say where a right comes from.

use keyferry_db::Conn;
use keyferry_db::access::{Grant, GrantSource};
use keyferry_db::project_memberships::Member;
use uuid::Uuid;

use crate::access::{self, Facts, Rule};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// Whose rights are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A person, by the user's id.
    User(Uuid),
    /// A machine identity.
    Identity(Uuid),
    /// A group.
    Group(Uuid),
    /// A role of the project, by its slug.
    Role(String),
}

/// One grant.
#[derive(Clone, Debug)]
pub struct Held {
    /// Where it comes from.
    pub source: HeldBy,
    /// Slug of the role or of the privilege.
    pub slug: String,
    /// What it permits and forbids.
    pub rules: Vec<Rule>,
    /// When it ends by itself, milliseconds.
    pub ends_at_ms: Option<i64>,
}

/// Where a grant comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeldBy {
    /// A role of their own.
    Own,
    /// A role of a group they are in, by the group's name.
    Group(String),
    /// An additional privilege of their own.
    Privilege,
}

/// The unexpired grants of somebody in the project, in the order in which they count: groups, own roles, privileges.
///
/// # Errors
/// 403 without `read` on `member`, `identity`, `groups` or `role`, except for oneself; 404 for somebody who is no member and for an
/// unknown role.
pub async fn held(app: &App, caller: &Caller, project_id: Uuid, holder: &Holder) -> Result<Vec<Held>> {
    let conn = app.db.read();
    let (project, ability) = access::project_ability(app, conn, caller, project_id).await?;
    let grants = match holder {
        Holder::User(id) => {
            if caller.actor.user_id() != Some(*id) {
                ability.require("read", "member", Facts::any())?;
            }
            keyferry_db::access::project_grants(conn, project_id, Some(*id), None).await?
        }
        Holder::Identity(id) => {
            if caller.actor.id() != Some(*id) {
                ability.require("read", "identity", Facts::identity(&id.to_string()))?;
            }
            keyferry_db::access::project_grants(conn, project_id, None, Some(*id)).await?
        }
        Holder::Group(id) => {
            ability.require("read", "groups", Facts::any())?;
            match keyferry_db::project_memberships::find(conn, project_id, Member::Group(*id)).await? {
                Some(membership) => Some(keyferry_db::access::membership_grants(conn, project_id, &[membership]).await?),
                None => None,
            }
        }
        Holder::Role(slug) => {
            let view = crate::project_roles::get_by_slug(app, caller, project_id, slug).await?;
            return Ok(vec![Held { source: HeldBy::Own, slug: slug.clone(), rules: view.permissions, ends_at_ms: None }]);
        }
    };
    let grants = grants.ok_or_else(|| Error::not_found("Project membership not found"))?;
    let now_ms = app.now_ms();
    let mut listed = Vec::new();
    for grant in grants {
        if grant.is_temporary && grant.temporary_end_at_ms.is_none_or(|end| end <= now_ms) {
            continue;
        }
        listed.push(one(conn, project.org_id, grant).await?);
    }
    Ok(listed)
}

async fn one(conn: &impl Conn, org_id: Uuid, grant: Grant) -> Result<Held> {
    let source = match grant.source {
        GrantSource::Own => HeldBy::Own,
        GrantSource::Privilege => HeldBy::Privilege,
        GrantSource::Group(id) => {
            HeldBy::Group(keyferry_db::groups::find(conn, org_id, id).await?.map_or_else(String::new, |group| group.name))
        }
    };
    let rules = match &grant.custom_permissions {
        Some(custom) => super::grants::parse(custom)?,
        None => access::project_role(&grant.role).unwrap_or_default(),
    };
    Ok(Held {
        source,
        slug: grant.custom_slug.unwrap_or(grant.role),
        rules,
        ends_at_ms: grant.temporary_end_at_ms.filter(|_| grant.is_temporary),
    })
}
