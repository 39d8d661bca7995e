//! The guarded client.

use std::error::Error as _;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::address::is_public;
use crate::allow::AllowList;
use crate::error::Error;

/// How long a call may take from the resolution of its name to the head of the answer.
const TIMEOUT: Duration = Duration::from_secs(15);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Calls addresses that users set. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    allow: Arc<AllowList>,
    timeout: Duration,
}

impl Client {
    /// A client that calls public addresses and the exceptions.
    #[must_use]
    pub fn new(allow: AllowList) -> Self {
        // The only error is "somebody was first", which is the wanted state.
        let _already_installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
        Self { allow: Arc::new(allow), timeout: TIMEOUT }
    }

    /// With another limit for a whole call.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Says whether an address may be called as far as that is known now; nothing is connected to. A name that does not resolve
    /// now may do so later.
    ///
    /// # Errors
    /// [`Error::Address`], [`Error::Refused`], [`Error::Unresolved`], [`Error::Timeout`].
    pub async fn check(&self, url: &Url) -> Result<(), Error> {
        self.in_time(url, self.resolve(url)).await.map(|_addresses| ())
    }

    /// Posts a body and gives the status of the answer, whatever it is. The answer's body is not read. No redirect is followed,
    /// and no proxy of the environment is used, as that would resolve the name again.
    ///
    /// # Errors
    /// Every kind: when the address is not to be called, or no answer came in time.
    pub async fn post(&self, url: &Url, headers: HeaderMap, body: Vec<u8>) -> Result<StatusCode, Error> {
        self.in_time(url, async {
            let addresses = self.resolve(url).await?;
            self.send(url, addresses, headers, body).await
        })
        .await
    }

    async fn in_time<T>(&self, url: &Url, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        match tokio::time::timeout(self.timeout, work).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Err(Error::Timeout { host: host_of(url), limit: self.timeout }),
        }
    }

    /// Every address of the host, all of which may be called.
    async fn resolve(&self, url: &Url) -> Result<Vec<SocketAddr>, Error> {
        let is_web = matches!(url.scheme(), "http" | "https");
        if !is_web || !url.username().is_empty() || url.password().is_some() {
            return Err(Error::Address);
        }
        let host = url.host().ok_or(Error::Address)?.to_owned();
        let port = url.port_or_known_default().ok_or(Error::Address)?;
        let addresses: Vec<SocketAddr> = match &host {
            Host::Ipv4(address) => vec![SocketAddr::new(IpAddr::V4(*address), port)],
            Host::Ipv6(address) => vec![SocketAddr::new(IpAddr::V6(*address), port)],
            Host::Domain(name) => {
                let found = tokio::net::lookup_host((name.as_str(), port)).await;
                found.map_err(|_unknown| Error::Unresolved { host: host_of(url) })?.collect()
            }
        };
        if addresses.is_empty() {
            return Err(Error::Unresolved { host: host_of(url) });
        }
        let may_call = |address: &SocketAddr| is_public(address.ip()) || self.allow.permits(&host, port, address.ip());
        if addresses.iter().all(may_call) { Ok(addresses) } else { Err(Error::Refused { host: host_of(url) }) }
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that calls addresses that users set, after they are checked")]
    async fn send(&self, url: &Url, addresses: Vec<SocketAddr>, headers: HeaderMap, body: Vec<u8>) -> Result<StatusCode, Error> {
        // A client for one call: it knows these addresses and no others, and keeps no connection for somebody else's call.
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("keyferry/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(Pinned(addresses)));
        if url.scheme() == "http" {
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|_no_client| Error::Setup)?;
        let sent = client.post(url.clone()).headers(headers).body(body).send().await;
        sent.map(|answer| answer.status()).map_err(|error| classify(&error, url))
    }
}

/// Answers with what was resolved and checked before.
struct Pinned(Vec<SocketAddr>);

impl Resolve for Pinned {
    fn resolve(&self, _: Name) -> Resolving {
        let addresses: Addrs = Box::new(self.0.clone().into_iter());
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

fn classify(error: &reqwest::Error, url: &Url) -> Error {
    let host = host_of(url);
    if !error.is_connect() {
        return Error::Lost { host };
    }
    let mut source = error.source();
    let mut kind = None;
    let mut is_tls = false;
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            kind = Some(io.kind());
            is_tls |= io.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
        }
        is_tls |= cause.is::<rustls::Error>();
        source = cause.source();
    }
    let cause = match kind {
        _ if is_tls => "its certificate is not trusted, or it speaks no TLS that we do",
        _ if error.is_timeout() => "it does not answer",
        Some(io::ErrorKind::ConnectionRefused) => "it refuses the connection",
        Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => "there is no way to it",
        _ => "no connection",
    };
    Error::Connect { host, cause }
}
