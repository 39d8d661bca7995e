//! Looking at one identity.

use keyferry_db::entities::organizations;
use serde_json::json;
use uuid::Uuid;

use super::create::event;
use super::target::Target;
use super::view::{IdentityView, complete};
use crate::access;
use crate::app::App;
use crate::audit;
use crate::caller::{Actor, Caller};
use crate::error::{Error, Result};

/// One identity.
///
/// # Errors
/// 404 for an unknown identity, 403 without the permission.
pub async fn get(app: &App, caller: &Caller, id: Uuid) -> Result<IdentityView> {
    let conn = app.db.read();
    let target = Target::find(app, conn, caller, id, "read").await?;
    audit::record_read(app, caller, event(caller, &target.identity, "get-identity", json!({"identityId": id})))?;
    let missing = || Error::not_found(format!("Failed to find identity with ID {id}"));
    complete(app, conn, target.identity.org_id, vec![target.identity]).await?.pop().ok_or_else(missing)
}

/// The organization of the calling identity.
///
/// # Errors
/// 403 for anybody but an identity.
pub async fn details(app: &App, caller: &Caller) -> Result<organizations::Model> {
    let Actor::Identity { .. } = &caller.actor else {
        return Err(Error::forbidden("Only identities have identity details"));
    };
    let org_id = access::require_org(caller)?;
    keyferry_db::find_by_id::<organizations::Model>(app.db.read(), org_id)
        .await?
        .ok_or_else(|| Error::not_found(format!("Organization with ID '{org_id}' not found")))
}
