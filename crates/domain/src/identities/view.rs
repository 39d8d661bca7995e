//! An identity with what belongs to it.

use std::collections::HashMap;

use keyferry_db::Conn;
use keyferry_db::entities::{identities, identity_metadata, org_memberships, org_roles};
use uuid::Uuid;

use crate::app::App;
use crate::authentication::{METHOD_TOKEN_AUTH, METHOD_UNIVERSAL_AUTH};
use crate::error::Result;

/// An identity, its membership in the organization, and what is attached to it.
#[derive(Clone, Debug)]
pub struct IdentityView {
    /// The identity.
    pub identity: identities::Model,
    /// Its membership.
    pub membership: org_memberships::Model,
    /// The custom role, where the membership has one.
    pub custom_role: Option<org_roles::Model>,
    /// Metadata in the order it was given.
    pub metadata: Vec<identity_metadata::Model>,
    /// Names of the methods it may sign in with.
    pub auth_methods: Vec<&'static str>,
    /// Names of the methods that failed sign-ins have locked.
    pub locked_auth_methods: Vec<&'static str>,
}

/// Names of the methods attached to each identity; those without any are absent.
pub(crate) async fn auth_methods(conn: &impl Conn, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<&'static str>>> {
    let mut methods: HashMap<Uuid, Vec<&'static str>> = HashMap::new();
    for row in keyferry_db::universal_auth::list_by_identities(conn, ids).await? {
        methods.entry(row.identity_id).or_default().push(METHOD_UNIVERSAL_AUTH);
    }
    for row in keyferry_db::token_auth::list_by_identities(conn, ids).await? {
        methods.entry(row.identity_id).or_default().push(METHOD_TOKEN_AUTH);
    }
    Ok(methods)
}

/// Completes identities of one organization, keeping their order. One without a membership is left out.
pub(super) async fn complete(
    app: &App,
    conn: &impl Conn,
    org_id: Uuid,
    identities: Vec<identities::Model>,
) -> Result<Vec<IdentityView>> {
    let ids: Vec<Uuid> = identities.iter().map(|identity| identity.id).collect();
    let mut memberships: HashMap<Uuid, org_memberships::Model> =
        keyferry_db::org_memberships::list_of_identities(conn, org_id, &ids)
            .await?
            .into_iter()
            .filter_map(|membership| membership.identity_id.map(|id| (id, membership)))
            .collect();
    let roles = if memberships.values().any(|membership| membership.role_id.is_some()) {
        keyferry_db::org_roles::list(conn, org_id).await?
    } else {
        Vec::new()
    };
    let mut metadata: HashMap<Uuid, Vec<identity_metadata::Model>> = HashMap::new();
    for entry in keyferry_db::identities::list_metadata(conn, &ids).await? {
        metadata.entry(entry.identity_id).or_default().push(entry);
    }
    let mut methods = auth_methods(conn, &ids).await?;
    let locked = keyferry_db::lockouts::list_locked(conn, &ids, app.now_ms()).await?;
    Ok(identities
        .into_iter()
        .filter_map(|identity| {
            let membership = memberships.remove(&identity.id)?;
            Some(IdentityView {
                custom_role: roles.iter().find(|role| Some(role.id) == membership.role_id).cloned(),
                membership,
                metadata: metadata.remove(&identity.id).unwrap_or_default(),
                auth_methods: methods.remove(&identity.id).unwrap_or_default(),
                locked_auth_methods: if locked.iter().any(|row| row.identity_id == Some(identity.id)) {
                    vec![METHOD_UNIVERSAL_AUTH]
                } else {
                    Vec::new()
                },
                identity,
            })
        })
        .collect())
}
