//! Looking at tokens; their secrets are not told again.

use keyferry_db::entities::service_tokens::Model;
use keyferry_db::entities::users;
use uuid::Uuid;

use super::rights::{Permission, Scope, permissions_of, scopes_of};
use crate::access::{self, Facts};
use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::error::{Error, Result};

/// A token with its rights.
#[derive(Clone, Debug)]
pub struct ServiceTokenView {
    /// The token.
    pub row: Model,
    /// Where it is good.
    pub scopes: Vec<Scope>,
    /// What it may do there.
    pub permissions: Vec<Permission>,
    /// Who made it, where that was asked for and the person is still there.
    pub user: Option<users::Model>,
}

/// The project's tokens, newest first.
///
/// # Errors
/// 403 without `read` on `service-tokens`.
pub async fn list(app: &App, caller: &Caller, project_id: Uuid) -> Result<Vec<ServiceTokenView>> {
    let conn = app.db.read();
    access::project_ability(app, conn, caller, project_id).await?.1.require("read", "service-tokens", Facts::any())?;
    keyferry_db::service_tokens::list(conn, project_id).await?.into_iter().map(|row| view(row, None)).collect()
}

/// The token that the caller is, with who made it.
///
/// # Errors
/// 403 for any other caller, 404 when it was revoked meanwhile.
pub async fn get_own(app: &App, caller: &Caller) -> Result<ServiceTokenView> {
    let Actor::Service { id, .. } = &caller.actor else {
        return Err(Error::forbidden("You are not allowed to access this resource"));
    };
    let conn = app.db.read();
    let row = keyferry_db::find_by_id::<Model>(conn, *id)
        .await?
        .ok_or_else(|| Error::not_found(format!("Service token with ID '{id}' not found")))?;
    let user = match row.created_by_id {
        Some(id) => keyferry_db::find_by_id::<users::Model>(conn, id).await?,
        None => None,
    };
    view(row, user)
}

pub(super) fn view(row: Model, user: Option<users::Model>) -> Result<ServiceTokenView> {
    Ok(ServiceTokenView { scopes: scopes_of(&row)?, permissions: permissions_of(&row)?, row, user })
}
