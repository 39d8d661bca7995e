//! Asks the destination whether a key is good (contract "connections and syncs", section 2.6).

use std::sync::Arc;

use keyferry_connectors::{Connector, Credentials, Failure, FailureKind, Priority};
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

/// Why a destination did not take a key, for those who can say more than one sentence about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRefusal {
    /// What kind of refusal it was; none when the rate budget had no room, so that no call was made.
    pub kind: Option<FailureKind>,
    /// Status of the answer, if one came.
    pub http_status: Option<u16>,
    /// What happened, without the key.
    pub message: String,
    /// How long the destination asked to wait, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// The API's text for it.
    api_message: String,
}

impl KeyRefusal {
    /// A refusal of ours, before any call.
    pub(super) fn without_call(message: String) -> Self {
        Self { kind: None, http_status: None, api_message: message.clone(), message, retry_after_ms: None }
    }
}

impl From<KeyRefusal> for Error {
    fn from(refusal: KeyRefusal) -> Self {
        Self::bad_request(refusal.api_message)
    }
}

/// Why credentials were not stored.
#[derive(Debug)]
pub enum Unsaved {
    /// The destination did not take the key.
    Refused(KeyRefusal),
    /// Anything else.
    Error(Error),
}

impl From<Error> for Unsaved {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<keyferry_db::DbError> for Unsaved {
    fn from(error: keyferry_db::DbError) -> Self {
        Self::Error(error.into())
    }
}

impl From<Unsaved> for Error {
    fn from(unsaved: Unsaved) -> Self {
        match unsaved {
            Unsaved::Refused(refusal) => refusal.into(),
            Unsaved::Error(error) => error,
        }
    }
}

/// Makes the one call that proves a key: it must be accepted and reach at least one account. Holds no transaction.
pub(super) async fn validate(app: &App, connector: &dyn Connector, credentials: &Credentials) -> Result<(), Unsaved> {
    let call = RequestCall::new(app, Priority::Manual);
    let Err(failure) = connector.validate(credentials, &call.context()).await else { return Ok(()) };
    Err(Unsaved::Refused(refusal(&call, failure)))
}

/// What a failed call says about a key.
pub(super) fn refusal(call: &RequestCall, failure: Failure) -> KeyRefusal {
    if call.gave_up() {
        let message = "the rate limit of this API key is used up for now. Try again in a minute.".to_owned();
        let api_message = format!("Failed to validate credentials: {message}");
        return KeyRefusal { kind: None, http_status: None, message, retry_after_ms: None, api_message };
    }
    let answered_nonsense = failure.http_status.is_some_and(|status| (200..300).contains(&status));
    let api_message = if failure.kind == FailureKind::Protocol && answered_nonsense {
        tracing::warn!(reason = %failure, "the credentials could not be validated");
        "Unable to validate connection - verify credentials".to_owned()
    } else {
        format!("Failed to validate credentials: {}", failure.client_message())
    };
    KeyRefusal {
        kind: Some(failure.kind),
        http_status: failure.http_status,
        message: failure.message,
        retry_after_ms: failure.retry_after_ms,
        api_message,
    }
}
