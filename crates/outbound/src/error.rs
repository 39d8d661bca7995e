//! Why a call was not made or brought no answer.

use std::time::Duration;

/// A call that has no answer. The texts are for users and hold nothing from outside but names that users gave.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// Another scheme, no host, or a user name or password inside.
    #[error("The address must begin with http:// or https://, name a host, and hold no user name or password.")]
    Address,
    /// The address, or one it resolves to, is not public and not excepted.
    #[error(
        "{host} is not a public address, so it is not called. The administrator of this server can allow it with \
         KEYFERRY_OUTBOUND_ALLOW."
    )]
    Refused {
        /// The host as given.
        host: String,
    },
    /// The name does not resolve.
    #[error("The name {host} does not resolve.")]
    Unresolved {
        /// The host as given.
        host: String,
    },
    /// No connection: refused, unreachable, or no trust in its certificate.
    #[error("Cannot connect to {host}: {cause}.")]
    Connect {
        /// The host as given.
        host: String,
        /// A few words.
        cause: &'static str,
    },
    /// The connection broke before the answer.
    #[error("The connection to {host} broke before the answer.")]
    Lost {
        /// The host as given.
        host: String,
    },
    /// No answer in time.
    #[error("{host} did not answer within {} s.", limit.as_secs())]
    Timeout {
        /// The host as given.
        host: String,
        /// How long was waited.
        limit: Duration,
    },
    /// The client could not be made, such as for want of the system's certificates.
    #[error("The call could not be prepared; see the server's log.")]
    Setup,
}

impl Error {
    /// Whether another try may end better.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        !matches!(self, Self::Address | Self::Refused { .. })
    }
}
