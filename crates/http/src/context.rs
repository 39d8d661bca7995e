//! What is known about a request before any handler runs.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::request::Parts;
use http::{HeaderMap, header};
use keyferry_domain::Origin;
use rand::Rng;
use rand::distr::Alphanumeric;

use crate::client_address::{IpRange, client_address};

/// How much of a user agent is kept.
const MAX_USER_AGENT_BYTES: usize = 512;

/// Where a request came from and how its answer is known; an extension of every request.
#[derive(Clone, Debug, Default)]
pub struct RequestContext {
    /// Address, user agent and request id, as the domain knows them.
    pub origin: Origin,
    /// The path and query as sent, without scheme and host.
    pub url: String,
    /// The socket's other end.
    pub peer: Option<IpAddr>,
    /// Whether a header of a proxy was present, trusted or not.
    pub forwarded: bool,
}

impl RequestContext {
    pub(crate) fn of(parts: &Parts, url: String, trusted: &[IpRange]) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        // It is kept with sessions and audit rows, those of refused sign-ins too. `to_str` gives ASCII only.
        let user_agent = user_agent.map(|text| text[..text.len().min(MAX_USER_AGENT_BYTES)].to_owned());
        let ip = client_address(peer, &parts.headers, trusted);
        let origin = Origin { ip, user_agent, request_id: new_request_id(), ..Origin::default() };
        Self { origin, url, peer, forwarded: is_forwarded(&parts.headers) }
    }
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via", "cf-connecting-ip"]
        .iter()
        .any(|name| headers.contains_key(*name))
}

/// `req-` and 14 alphanumerics (core API contract, section 1.4).
#[expect(clippy::disallowed_methods, reason = "it names a request in logs and opens nothing")]
fn new_request_id() -> String {
    let tail: String = rand::rng().sample_iter(Alphanumeric).take(14).map(char::from).collect();
    format!("req-{tail}")
}
