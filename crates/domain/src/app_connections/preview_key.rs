//! What another key would reach, before it takes the place of the present one.

use std::collections::HashSet;

use keyferry_connectors::{Account, Priority};
use keyferry_db::entities::projects;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::call::RequestCall;
use super::validate::{Unsaved, connector, to_credentials, validate};
use super::{fields, find_permitted, users};
use crate::app::App;
use crate::caller::Caller;
use crate::secret_syncs::{DestinationConfig, SyncView};

/// What a key reaches, and what would stop working with it.
#[derive(Debug)]
pub struct KeyPreview {
    /// Accounts the key reaches.
    pub accounts: Vec<Account>,
    /// Syncs the caller may see whose account is not among them.
    pub lost: Vec<(projects::Model, SyncView)>,
    /// Other syncs that use the connection; whether they would go on is not looked at.
    pub hidden: usize,
}

/// Tries a key at the destination without storing it.
///
/// # Errors
/// 404 for an unknown connection, 403 without `edit`, and the destination's refusal of the key.
pub async fn preview_key(
    app: &App,
    caller: &Caller,
    connection_app: &str,
    id: Uuid,
    key: SecretString,
) -> Result<KeyPreview, Unsaved> {
    fields::check_api_key(key.expose_secret())?;
    let row = find_permitted(app, app.db.read(), caller, connection_app, id, "edit").await?;
    let connector = connector(app, &row.app)?;
    let credentials = to_credentials(app, key);
    validate(app, connector.as_ref(), &credentials).await?;
    let call = RequestCall::new(app, Priority::Manual);
    let accounts = connector.list_accounts(&credentials, &call.context()).await.map_err(|failure| {
        Unsaved::Error(crate::Error::bad_request(format!("The accounts of this key could not be listed: {}", failure.message)))
    })?;
    let reached: HashSet<&str> = accounts.iter().map(|account| account.id.as_str()).collect();
    let uses = users::uses(app, caller, connection_app, id).await?;
    let lost = uses
        .visible
        .into_iter()
        .filter(|(_, view)| {
            let config = DestinationConfig::parse(&view.sync.destination_config);
            !config.is_ok_and(|config| reached.contains(config.account_id.as_str()))
        })
        .collect();
    Ok(KeyPreview { accounts, lost, hidden: uses.hidden })
}
