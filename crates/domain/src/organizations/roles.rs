//! Roles in an organization: built-in and custom.

use keyferry_db::Conn;
use keyferry_db::entities::{groups, org_memberships, org_roles};
use uuid::Uuid;

use crate::access::{self, Rule};
use crate::error::{Error, Result};

/// A role and what it permits.
pub(crate) struct OrgRole {
    /// What a membership stores: the slug of a built-in role, or `custom`.
    pub stored: String,
    /// The custom role.
    pub custom: Option<org_roles::Model>,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// The role with this slug.
pub(crate) async fn find_role(conn: &impl Conn, org_id: Uuid, slug: &str) -> Result<OrgRole> {
    if let Some(rules) = access::org_role(slug) {
        return Ok(OrgRole { stored: slug.to_owned(), custom: None, rules });
    }
    let custom = keyferry_db::org_roles::find_by_slug(conn, org_id, slug)
        .await?
        .ok_or_else(|| Error::not_found(format!("Organization role with slug '{slug}' not found")))?;
    let rules = parse(&custom)?;
    Ok(OrgRole { stored: "custom".to_owned(), custom: Some(custom), rules })
}

/// The rules that a member has: those of the membership and those of the groups the member is in.
pub(crate) async fn rules_of(conn: &impl Conn, membership: &org_memberships::Model) -> Result<Vec<Rule>> {
    let org_id = membership.org_id;
    let mut rules = Vec::new();
    let groups = match (membership.user_id, membership.identity_id) {
        (Some(user_id), _) => keyferry_db::groups::list_of_user(conn, org_id, user_id).await?,
        (None, Some(identity_id)) => keyferry_db::groups::list_of_identity(conn, org_id, identity_id).await?,
        (None, None) => Vec::new(),
    };
    for group in groups {
        rules.extend(group_rules(conn, &group).await?);
    }
    rules.extend(stored_rules(conn, org_id, &membership.role, membership.role_id).await?);
    Ok(rules)
}

/// The rules that a group gives in the organization.
pub(crate) async fn group_rules(conn: &impl Conn, group: &groups::Model) -> Result<Vec<Rule>> {
    stored_rules(conn, group.org_id, &group.role, group.role_id).await
}

async fn stored_rules(conn: &impl Conn, org_id: Uuid, role: &str, role_id: Option<Uuid>) -> Result<Vec<Rule>> {
    if let Some(rules) = access::org_role(role) {
        return Ok(rules);
    }
    let custom = match role_id {
        Some(id) => keyferry_db::access::find_org_role(conn, org_id, id).await?,
        None => None,
    };
    custom.as_ref().map_or_else(|| Ok(Vec::new()), parse)
}

/// The rules of a custom role.
pub(super) fn parse(role: &org_roles::Model) -> Result<Vec<Rule>> {
    serde_json::from_str(&role.permissions).map_err(|e| Error::internal(format!("a stored role cannot be read: {e}")))
}
