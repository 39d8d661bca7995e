//! Choosing the organization that a session acts in.

use keyferry_db::entities::organizations;
use uuid::Uuid;

use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::{Actor, Caller};
use crate::error::{Error, Result};
use crate::second_factor;
use crate::sessions::{self, SignedIn};

/// Gives the session an organization; the refresh token is renewed, the one before is used up.
///
/// # Errors
/// 401 while the second factor is not proved, 404 for an unknown organization, 403 for one the user does not belong to.
pub async fn select_organization(app: &App, caller: &Caller, org_id: Uuid) -> Result<SignedIn> {
    let Actor::User { id: user_id, session_id, .. } = &caller.actor else {
        return Err(Error::forbidden("Only users choose an organization"));
    };
    second_factor::require_proved(app.db.read(), caller).await?;
    let tx = app.db.begin().await?;
    if keyferry_db::find_by_id::<organizations::Model>(&tx, org_id).await?.is_none() {
        return Err(Error::not_found(format!("Organization with ID '{org_id}' not found")));
    }
    keyferry_db::access::find_org_membership_of_user(&tx, org_id, *user_id)
        .await?
        .filter(|membership| membership.is_active)
        .ok_or_else(|| Error::forbidden(format!("User does not have access to the organization with ID {org_id}")))?;
    let signed_in = sessions::rotate(app, &tx, *user_id, *session_id, Some(org_id)).await?;
    let chosen = Caller { org_id: Some(org_id), ..caller.clone() };
    let event = Event::org(&chosen, "select-organization", serde_json::json!({"organizationId": org_id}));
    audit::record(app, &tx, &chosen, event).await?;
    tx.commit().await?;
    Ok(signed_in)
}
