//! Names of those who made or changed something.

use std::collections::HashMap;

use uuid::Uuid;

use crate::access;
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;

/// The names of users (mail address) and identities of the caller's organization, by id. Those who are gone are missing.
///
/// # Errors
/// 401 without an organization.
pub async fn actor_names(app: &App, caller: &Caller, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    let org_id = access::require_org(caller)?;
    let conn = app.db.read();
    let members: Vec<Uuid> = keyferry_db::org_memberships::list_of_users(conn, org_id, ids)
        .await?
        .into_iter()
        .filter_map(|membership| membership.user_id)
        .collect();
    let mut names: HashMap<Uuid, String> =
        keyferry_db::users::list_by_ids(conn, members).await?.into_iter().map(|user| (user.id, user.email)).collect();
    for identity in keyferry_db::identities::list_by_ids(conn, ids).await? {
        if identity.org_id == org_id {
            names.insert(identity.id, identity.name);
        }
    }
    Ok(names)
}
