//! Taking a token back.

use keyferry_db::entities::service_tokens::Model;
use serde_json::json;
use uuid::Uuid;

use super::read::{ServiceTokenView, view};
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::authentication;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// Deletes a token; it is refused from then on.
///
/// # Errors
/// 404 for an unknown token and for one of another organization, 403 without `delete` on `service-tokens`.
pub async fn revoke(app: &App, caller: &Caller, id: Uuid) -> Result<ServiceTokenView> {
    let missing = || Error::not_found(format!("Service token with ID '{id}' not found"));
    let org_id = access::require_org(caller)?;
    let tx = app.db.begin().await?;
    let row = keyferry_db::find_by_id::<Model>(&tx, id).await?.filter(|row| row.org_id == org_id).ok_or_else(missing)?;
    let (_, ability) = access::project_ability(app, &tx, caller, row.project_id).await?;
    ability.require("delete", "service-tokens", Facts::any())?;
    let seen = view(row.clone(), None)?;
    let metadata = json!({
        "serviceTokenId": row.id, "name": row.name, "scopes": seen.scopes, "permissions": seen.permissions,
    });
    let project_id = row.project_id;
    if !keyferry_db::delete(&tx, row).await? {
        return Err(missing());
    }
    audit::record(app, &tx, caller, Event::project(caller, project_id, "delete-service-token", metadata)).await?;
    tx.commit().await?;
    authentication::forget(app);
    access::forget_project(app);
    Ok(seen)
}
