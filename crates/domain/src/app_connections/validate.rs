//! Asks the destination whether a key is good (contract "connections and syncs", section 2.6).

use std::sync::Arc;

use keyferry_connectors::{Connector, Credentials, FailureKind, Priority};
use secrecy::{ExposeSecret as _, SecretString};

use super::call::RequestCall;
use crate::app::App;
use crate::error::{Error, Result};

/// The connector behind an app name.
pub(super) fn connector(app: &App, name: &str) -> Result<Arc<dyn Connector>> {
    app.connectors.find(name).ok_or_else(|| Error::internal(format!("no connector for the app {name}")))
}

/// What a connector needs of an API key.
pub(super) fn to_credentials(app: &App, api_key: SecretString) -> Credentials {
    let key_hash = app.keys.tokens().hash("checkly-api-key", api_key.expose_secret());
    Credentials { api_key, key_hash }
}

/// Makes the one call that proves a key: it must be accepted and reach at least one account. Holds no transaction.
pub(super) async fn validate(app: &App, connector: &dyn Connector, credentials: &Credentials) -> Result<()> {
    let call = RequestCall::new(app, Priority::Manual);
    let Err(failure) = connector.validate(credentials, &call.context()).await else { return Ok(()) };
    if call.gave_up() {
        return Err(Error::bad_request(
            "Failed to validate credentials: the rate limit of this API key is used up for now. Try again in a minute.",
        ));
    }
    let answered_nonsense = failure.http_status.is_some_and(|status| (200..300).contains(&status));
    if failure.kind == FailureKind::Protocol && answered_nonsense {
        tracing::warn!(reason = %failure, "the credentials could not be validated");
        return Err(Error::bad_request("Unable to validate connection - verify credentials"));
    }
    Err(Error::bad_request(format!("Failed to validate credentials: {}", failure.client_message())))
}
