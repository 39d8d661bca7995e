//! What a connection reaches at Checkly, for forms (C10, C11). A failure there is an empty list: clients rely on it, and the
//! connection's health says why.

use keyferry_connectors::{Account, Failure, Group, Priority};
use keyferry_db::entities::app_connections::Model;
use uuid::Uuid;

use super::call::RequestCall;
use super::health::{Health, record_health};
use super::validate::connector;
use super::{credentials, usable};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// The accounts the connection's key reaches.
///
/// # Errors
/// Those of [`usable()`]; never for what happens at the destination.
pub async fn list_accounts(app: &App, caller: &Caller, connection_app: &str, id: Uuid) -> Result<Vec<Account>> {
    let row = usable(app, app.db.read(), caller, connection_app, id, None).await?;
    let Some(credentials) = open(app, &row).await? else { return Ok(Vec::new()) };
    let call = RequestCall::new(app, Priority::Manual);
    let outcome = connector(app, &row.app)?.list_accounts(&credentials, &call.context()).await;
    settle(app, &row, &call, outcome).await
}

/// All check groups of an account.
///
/// # Errors
/// Those of [`usable()`]; never for what happens at the destination.
pub async fn list_groups(app: &App, caller: &Caller, connection_app: &str, id: Uuid, account_id: &str) -> Result<Vec<Group>> {
    let row = usable(app, app.db.read(), caller, connection_app, id, None).await?;
    let Some(credentials) = open(app, &row).await? else { return Ok(Vec::new()) };
    let call = RequestCall::new(app, Priority::Manual);
    let outcome = connector(app, &row.app)?.list_groups(&credentials, account_id, &call.context()).await;
    settle(app, &row, &call, outcome).await
}

/// The credentials, or nothing when they may not go to the present address.
async fn open(app: &App, row: &Model) -> Result<Option<keyferry_connectors::Credentials>> {
    match credentials(app, app.db.read(), row).await {
        Ok(credentials) => Ok(Some(credentials)),
        Err(Error::BadRequest { message, .. }) => {
            tracing::warn!(connection_id = %row.id, reason = %message, "nothing is listed");
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

async fn settle<T>(app: &App, row: &Model, call: &RequestCall, outcome: Result<Vec<T>, Failure>) -> Result<Vec<T>> {
    match outcome {
        Ok(items) => Ok(items),
        Err(failure) => {
            tracing::warn!(connection_id = %row.id, reason = %failure, "Checkly lists nothing");
            // What concerns one account says little about the key as a whole.
            if !call.gave_up()
                && let Some(health) = Health::of_key(&failure)
            {
                let tx = app.db.begin().await?;
                record_health(app, &tx, row.id, health, Some(&failure.message)).await?;
                tx.commit().await?;
            }
            Ok(Vec::new())
        }
    }
}
