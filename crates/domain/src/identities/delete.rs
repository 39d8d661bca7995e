//! Deleting an identity, with its credentials, tokens and memberships.

use serde_json::json;
use uuid::Uuid;

use super::create::event;
use super::target::Target;
use super::view::{IdentityView, complete};
use crate::access;
use crate::app::App;
use crate::audit;
use crate::authentication;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// Deletes an identity; its tokens are refused from then on.
///
/// # Errors
/// 404 for an unknown identity, 400 while it is protected, 403 without the permission or for one stronger than the caller.
pub async fn delete(app: &App, caller: &Caller, id: Uuid) -> Result<IdentityView> {
    let tx = app.db.begin().await?;
    let target = Target::find(app, &tx, caller, id, "delete").await?;
    target.require_not_stronger(app, &tx, caller, "Failed to delete a more privileged identity").await?;
    let identity = target.identity;
    if identity.has_delete_protection {
        return Err(Error::bad_request("Cannot delete identity while delete protection is enabled"));
    }
    let view = complete(app, &tx, identity.org_id, vec![identity.clone()]).await?.pop();
    keyferry_db::lockouts::clear_identity(&tx, id, app.now_ms()).await?;
    keyferry_db::delete(&tx, identity.clone()).await?;
    let facts = json!({"identityId": id, "name": identity.name});
    audit::record(app, &tx, caller, event(caller, &identity, "delete-identity", facts)).await?;
    tx.commit().await?;
    access::forget_project(app);
    authentication::forget(app);
    view.ok_or_else(|| Error::not_found(format!("Failed to find identity with ID {id}")))
}
