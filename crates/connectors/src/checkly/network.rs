//! Calls that brought no usable answer, said twice: for people, and in the
//! words of the original's HTTP client (connections and syncs contract,
//! section 2.6).

use std::error::Error as _;
use std::io;
use std::time::Duration;

use url::Url;

use crate::failure::{Failure, FailureKind};

/// What became of a call without an answer.
pub(super) enum NetworkError {
    /// The name does not resolve.
    Unresolved { address: String },
    /// No connection: refused, unreachable, or no trust.
    Unconnected { address: String, cause: String, code: Option<&'static str> },
    /// The connection broke before the answer was whole.
    Lost { cause: String },
    /// No whole answer in time.
    Timeout(Duration),
    /// More answer than is read.
    TooLarge { status: u16, limit: usize },
}

/// Sorts an error of the HTTP client; the address is filled in by `at`.
pub(super) fn classify(error: &reqwest::Error) -> NetworkError {
    let cause = innermost(error);
    if error.is_dns() || causes(error).any(|cause| cause == "dns error") {
        return NetworkError::Unresolved { address: String::new() };
    }
    if error.is_connect() {
        let code = if error.is_timeout() {
            Some("ETIMEDOUT")
        } else {
            io_kind(error).and_then(|kind| match kind {
                io::ErrorKind::ConnectionRefused => Some("ECONNREFUSED"),
                io::ErrorKind::ConnectionReset => Some("ECONNRESET"),
                io::ErrorKind::HostUnreachable => Some("EHOSTUNREACH"),
                io::ErrorKind::NetworkUnreachable => Some("ENETUNREACH"),
                _ => None,
            })
        };
        return NetworkError::Unconnected { address: String::new(), cause, code };
    }
    NetworkError::Lost { cause }
}

impl NetworkError {
    /// With the address it happened at.
    pub(super) fn at(mut self, base: &Url) -> Self {
        let host = base.host_str().unwrap_or_default();
        match &mut self {
            Self::Unresolved { address } => host.clone_into(address),
            Self::Unconnected { address, .. } => {
                let port = base.port_or_known_default().unwrap_or_default();
                *address = format!("{host}:{port}");
            }
            Self::Lost { .. } | Self::Timeout(_) | Self::TooLarge { .. } => {}
        }
        self
    }

    /// Whether the call may be repeated at once: a broken connection mends
    /// quickly, a hanging or misconfigured one does not.
    pub(super) fn is_lost_connection(&self) -> bool {
        matches!(self, Self::Lost { .. } | Self::Unconnected { code: Some(_), .. })
    }

    pub(super) fn into_failure(self) -> Failure {
        match self {
            Self::Unresolved { address } => Failure::new(FailureKind::Network, format!("The name {address} does not resolve."))
                .with_client_message(format!("getaddrinfo ENOTFOUND {address}")),
            Self::Unconnected { address, cause, code } => {
                let failure = Failure::new(FailureKind::Network, format!("Cannot connect to Checkly at {address}: {cause}."));
                match code {
                    Some(code) => failure.with_client_message(format!("connect {code} {address}")),
                    None => failure.with_client_message(cause),
                }
            }
            Self::Lost { cause } => Failure::new(
                FailureKind::Network,
                format!("The connection to Checkly broke before the answer was whole: {cause}."),
            )
            .with_client_message("socket hang up"),
            Self::Timeout(limit) => {
                let limit = limit.as_millis();
                Failure::new(FailureKind::Network, format!("Checkly did not answer within {limit} ms."))
                    .with_client_message(format!("timeout of {limit}ms exceeded"))
            }
            Self::TooLarge { status, limit } => {
                Failure::new(FailureKind::Protocol, format!("Checkly's answer is larger than {limit} bytes; it was not read."))
                    .with_status(status)
                    .with_client_message(format!("maxContentLength size of {limit} exceeded"))
            }
        }
    }
}

fn sources(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    let mut next = error.source();
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = String> {
    sources(error).map(ToString::to_string)
}

/// The innermost cause: the outer ones repeat the address or say little.
fn innermost(error: &reqwest::Error) -> String {
    causes(error).last().unwrap_or_else(|| "unknown cause".to_owned())
}

fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    sources(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind).last()
}
