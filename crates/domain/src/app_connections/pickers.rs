//! What a connection reaches at Checkly, for forms (C10, C11). A failure there is an empty list: clients rely on it, and the
//! connection's health says why.

use keyferry_connectors::{Account, Credentials, Failure, Group, Priority};
use keyferry_db::entities::app_connections::Model;
use uuid::Uuid;

use super::call::RequestCall;
use super::health::{Health, record_health};
use super::validate::{KeyRefusal, Unsaved, connector, refusal};
use super::{credentials, usable};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// The accounts the connection's key reaches.
///
/// # Errors
/// Those of [`usable()`]; never for what happens at the destination.
pub async fn list_accounts(app: &App, caller: &Caller, connection_app: &str, id: Uuid) -> Result<Vec<Account>> {
    or_empty(accounts_or_say_why(app, caller, connection_app, id, None).await)
}

/// As [`list_accounts`], for those who can tell people why there is nothing to choose from; in a project the connection must be
/// one that can be used there.
///
/// # Errors
/// Those of [`usable()`], and what happened at the destination.
pub async fn accounts_or_say_why(
    app: &App,
    caller: &Caller,
    connection_app: &str,
    id: Uuid,
    project_id: Option<Uuid>,
) -> Result<Vec<Account>, Unsaved> {
    let row = usable(app, app.db.read(), caller, connection_app, id, project_id).await?;
    let credentials = open(app, &row).await?;
    let call = RequestCall::new(app, Priority::Manual);
    let outcome = connector(app, &row.app)?.list_accounts(&credentials, &call.context()).await;
    settle(app, &row, &call, outcome).await
}

/// All check groups of an account.
///
/// # Errors
/// Those of [`usable()`]; never for what happens at the destination.
pub async fn list_groups(app: &App, caller: &Caller, connection_app: &str, id: Uuid, account_id: &str) -> Result<Vec<Group>> {
    or_empty(groups_or_say_why(app, caller, connection_app, id, None, account_id).await)
}

/// As [`list_groups`], for those who can tell people why there is nothing to choose from.
///
/// # Errors
/// As [`accounts_or_say_why`].
pub async fn groups_or_say_why(
    app: &App,
    caller: &Caller,
    connection_app: &str,
    id: Uuid,
    project_id: Option<Uuid>,
    account_id: &str,
) -> Result<Vec<Group>, Unsaved> {
    let row = usable(app, app.db.read(), caller, connection_app, id, project_id).await?;
    let credentials = open(app, &row).await?;
    let call = RequestCall::new(app, Priority::Manual);
    let outcome = connector(app, &row.app)?.list_groups(&credentials, account_id, &call.context()).await;
    settle(app, &row, &call, outcome).await
}

/// Nothing, where something happened at the destination.
fn or_empty<T>(outcome: Result<Vec<T>, Unsaved>) -> Result<Vec<T>> {
    match outcome {
        Ok(items) => Ok(items),
        Err(Unsaved::Refused(_)) => Ok(Vec::new()),
        Err(Unsaved::Error(error)) => Err(error),
    }
}

/// The credentials; a refusal when they may not go to the present address.
async fn open(app: &App, row: &Model) -> Result<Credentials, Unsaved> {
    match credentials(app, app.db.read(), row).await {
        Ok(credentials) => Ok(credentials),
        Err(Error::BadRequest { message, .. }) => {
            tracing::warn!(connection_id = %row.id, reason = %message, "nothing is listed");
            Err(Unsaved::Refused(KeyRefusal::without_call(message)))
        }
        Err(other) => Err(other.into()),
    }
}

async fn settle<T>(app: &App, row: &Model, call: &RequestCall, outcome: Result<Vec<T>, Failure>) -> Result<Vec<T>, Unsaved> {
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
            Err(Unsaved::Refused(refusal(call, failure)))
        }
    }
}
