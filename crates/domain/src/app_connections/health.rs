//! Whether a connection's credentials work, as last seen.

use keyferry_connectors::{Failure, FailureKind, Priority};
use keyferry_db::WriteTx;
use keyferry_db::entities::app_connections::Model;
use uuid::Uuid;

use super::call::RequestCall;
use super::validate::connector;
use super::{credentials, usable};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// What the last call with a connection's key said about the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// The destination accepts it.
    Working,
    /// The destination does not know it (401), or it reaches no account.
    Rejected,
    /// It may not do what was asked (403).
    NotEnoughRights,
    /// The destination asks to wait (429).
    RateLimited,
    /// There was no sensible answer.
    Unreachable,
}

impl Health {
    /// The word that is stored in `health_status`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Rejected => "rejected",
            Self::NotEnoughRights => "not_enough_rights",
            Self::RateLimited => "rate_limited",
            Self::Unreachable => "unreachable",
        }
    }

    /// What a failed call says about the key; nothing when it was about a target or an input.
    #[must_use]
    pub fn of_key(failure: &Failure) -> Option<Self> {
        match failure.kind {
            FailureKind::Credentials => Some(Self::Rejected),
            FailureKind::Forbidden => Some(Self::NotEnoughRights),
            FailureKind::RateLimited => Some(Self::RateLimited),
            FailureKind::Transient | FailureKind::Network | FailureKind::Protocol => Some(Self::Unreachable),
            FailureKind::TargetGone | FailureKind::Rejected | FailureKind::Stopped => None,
        }
    }
}

/// Notes what a call said about a connection's key; used by checks and by runs.
///
/// # Errors
/// When the row cannot be written.
pub async fn record_health(app: &App, tx: &WriteTx, connection_id: Uuid, health: Health, message: Option<&str>) -> Result<()> {
    keyferry_db::app_connections::set_health(tx, connection_id, health.as_str(), message, app.now_ms()).await?;
    Ok(())
}

/// Tries a connection's stored key at the destination and notes the outcome; the connection with its new health.
///
/// # Errors
/// Those of [`usable()`], and 400 when the rate budget has no room, or the key may not go to the present address.
pub async fn test(app: &App, caller: &Caller, connection_app: &str, id: Uuid) -> Result<Model> {
    let row = usable(app, app.db.read(), caller, connection_app, id, None).await?;
    let credentials = credentials(app, app.db.read(), &row).await?;
    let call = RequestCall::new(app, Priority::Manual);
    let (health, message) = match connector(app, &row.app)?.validate(&credentials, &call.context()).await {
        Ok(_accounts) => (Health::Working, None),
        Err(_stopped) if call.gave_up() => {
            return Err(Error::bad_request("The rate limit of this API key is used up for now. Try again in a minute."));
        }
        Err(failure) => (Health::of_key(&failure).unwrap_or(Health::Rejected), Some(failure.message)),
    };
    let tx = app.db.begin().await?;
    record_health(app, &tx, id, health, message.as_deref()).await?;
    tx.commit().await?;
    Ok(Model {
        health_status: Some(health.as_str().to_owned()),
        health_message: message,
        health_checked_at_ms: Some(app.now_ms()),
        ..row
    })
}
