//! One call to Checkly: asks the guard and the budget, sends, reads a bounded
//! answer, and repeats only what is safe to repeat.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout};
use url::{Host, Url};

use super::ChecklyOptions;
use super::answer::{Answer, asked_wait};
use super::network::{self, NetworkError};
use crate::connector::{CallContext, Credentials, Done};
use crate::failure::{Failure, FailureKind};
use crate::redact::Redactor;

/// Most bytes read of one page.
pub(super) const PAGE_BYTES: usize = 16 * 1024 * 1024;
/// Most bytes read of a single thing, and of an answer that is not a success.
pub(super) const SINGLE_BYTES: usize = 4 * 1024 * 1024;
const REFUSAL_BYTES: usize = 1024 * 1024;

const READ_ATTEMPTS: u32 = 3;
const WRITE_ATTEMPTS: u32 = 2;
const BACKOFF_BASE: Duration = Duration::from_millis(250);
const BACKOFF_MOST: Duration = Duration::from_secs(2);

const ACCOUNT_HEADER: HeaderName = HeaderName::from_static("x-checkly-account");

/// Why the client could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Neither https nor http to this machine.
    #[error("Checkly's address must be https, or http to a loopback address: {0}")]
    InsecureAddress(String),
    /// It carries a user, a password, a query or a fragment.
    #[error("Checkly's address must be an origin and a path only")]
    ExtraParts,
    /// TLS could not be set up.
    #[error("cannot set up the client for Checkly: {0}")]
    Client(#[from] reqwest::Error),
}

/// A connection pool to Checkly.
pub(super) struct Client {
    http: reqwest::Client,
    base: Url,
    total_timeout: Duration,
}

impl Client {
    #[expect(clippy::disallowed_methods, reason = "the one place that makes Checkly's client, after its address is checked")]
    pub(super) fn new(base: Url, options: ChecklyOptions) -> Result<Self, SetupError> {
        check_address(&base)?;
        crate::tls::install();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("keyferry/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(options.connect_timeout);
        if base.scheme() == "http" {
            // Plain http stays on this machine: no proxy in between, and no
            // need for the system's certificates.
            builder = builder.no_proxy().tls_certs_only([]);
        } else {
            builder = builder.https_only(true);
            if let Some(pem) = &options.extra_ca_pem {
                builder = builder.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem)?);
            }
        }
        Ok(Self { http: builder.build()?, base, total_timeout: options.total_timeout })
    }

    pub(super) fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// Asks for the accounts without a key and gives the status of the answer; Checkly's is 401.
    #[expect(clippy::disallowed_methods, reason = "beside `exchange` the one place that calls Checkly")]
    pub(super) async fn probe(&self) -> Result<u16, Failure> {
        let url = self.url("/v1/accounts")?;
        let asked = timeout(self.total_timeout, self.http.execute(reqwest::Request::new(Method::GET, url))).await;
        match asked {
            Ok(Ok(response)) => Ok(response.status().as_u16()),
            Ok(Err(error)) => Err(NetworkError::from(error).at(&self.base).into_failure()),
            Err(_elapsed) => Err(NetworkError::Timeout(self.total_timeout).into_failure()),
        }
    }

    pub(super) fn session<'a>(
        &'a self,
        credentials: &'a Credentials,
        account_id: Option<&'a str>,
        call: &'a CallContext<'a>,
    ) -> Session<'a> {
        Session { client: self, credentials, account_id, call }
    }

    /// The address of `path`, byte for byte as written, or an error when the
    /// URL parser would have changed it.
    fn url(&self, path: &str) -> Result<Url, Failure> {
        let text = format!("{}{path}", self.base.as_str().trim_end_matches('/'));
        match Url::parse(&text) {
            Ok(url) if url.as_str() == text => Ok(url),
            _ => Err(Failure::new(FailureKind::Rejected, "The name cannot be written as an address of Checkly's API.")),
        }
    }
}

fn check_address(base: &Url) -> Result<(), SetupError> {
    let loopback = match base.host() {
        Some(Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if !(base.scheme() == "https" && base.has_host() || base.scheme() == "http" && loopback) {
        let origin = base.origin().ascii_serialization();
        return Err(SetupError::InsecureAddress(origin));
    }
    let extra = !base.username().is_empty() || base.password().is_some() || base.query().is_some() || base.fragment().is_some();
    if extra { Err(SetupError::ExtraParts) } else { Ok(()) }
}

/// A label of few values; the one that tells of the rate limit by itself.
fn status_class(status: u16) -> &'static str {
    match status {
        429 => "429",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        500..=599 => "5xx",
        _ => "other",
    }
}

/// One request, without who makes it.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Vec<u8>>,
    pub(super) answer_bytes: usize,
}

impl Request {
    pub(super) fn get(path: String, answer_bytes: usize) -> Self {
        Self { method: Method::GET, path, body: None, answer_bytes }
    }

    pub(super) fn delete(path: String) -> Self {
        Self { method: Method::DELETE, path, body: None, answer_bytes: SINGLE_BYTES }
    }

    pub(super) fn write(method: Method, path: String, body: &impl serde::Serialize) -> Result<Self, Failure> {
        let body = serde_json::to_vec(body)
            .map_err(|_unprintable| Failure::new(FailureKind::Rejected, "The value cannot be written as JSON."))?;
        Ok(Self { method, path, body: Some(body), answer_bytes: SINGLE_BYTES })
    }
}

/// Calls made for one operation and the time they took.
#[derive(Default)]
pub(super) struct Tally {
    attempts: u32,
    spent: Duration,
}

impl Tally {
    pub(super) fn done(&self, http_status: u16) -> Done {
        Done { http_status, attempts: self.attempts, latency_ms: u64::try_from(self.spent.as_millis()).unwrap_or(u64::MAX) }
    }

    pub(super) fn mark(&self, failure: Failure) -> Failure {
        failure.with_attempts(self.attempts)
    }
}

/// The client in the hands of one caller.
pub(super) struct Session<'a> {
    client: &'a Client,
    pub(super) credentials: &'a Credentials,
    account_id: Option<&'a str>,
    call: &'a CallContext<'a>,
}

impl Session<'_> {
    /// Sends `request` and gives any answer but 429, successes and refusals
    /// alike. Reads are repeated on a lost connection and on 502, 503 and 504;
    /// writes once on a lost connection, which is safe as a create that had
    /// been stored answers 409.
    pub(super) async fn send(&self, request: &Request, redactor: &Redactor<'_>, tally: &mut Tally) -> Result<Answer, Failure> {
        let url = self.client.url(&request.path)?;
        let headers = self.headers(request.body.is_some())?;
        let reads = request.method == Method::GET;
        let most = if reads { READ_ATTEMPTS } else { WRITE_ATTEMPTS };
        let mut attempt = 1;
        loop {
            self.enter().await?;
            tally.attempts += 1;
            let started = Instant::now();
            let exchanged = self.exchange(request, url.clone(), headers.clone()).await;
            tally.spent += started.elapsed();
            let status = exchanged.as_ref().map_or("none", |answer| status_class(answer.status));
            metrics::counter!("keyferry_checkly_calls_total", "status" => status).increment(1);

            let key_hash = &self.credentials.key_hash;
            match exchanged {
                Ok(answer) if answer.status == 429 => {
                    let wait = asked_wait(&answer);
                    self.call.budget.retry_after(key_hash, wait).await;
                    return Err(answer.refusal(redactor, "The account"));
                }
                Ok(answer) => {
                    self.call.budget.settled(key_hash).await;
                    let again = reads && matches!(answer.status, 502..=504) && answer.retry_after.is_none();
                    if !again || attempt == most {
                        return Ok(answer);
                    }
                }
                Err(error) => {
                    self.call.budget.settled(key_hash).await;
                    if !error.is_lost_connection() || attempt == most {
                        return Err(error.into_failure().redacted(redactor));
                    }
                }
            }
            let ceiling = (BACKOFF_BASE * 2u32.pow(attempt - 1)).min(BACKOFF_MOST);
            tokio::time::sleep(self.call.jitter.up_to(ceiling).min(ceiling)).await;
            metrics::counter!("keyferry_checkly_retries_total").increment(1);
            attempt += 1;
        }
    }

    /// Waits for the budget; the guard is asked before, to spare the wait, and
    /// after, as a lease may have run out meanwhile.
    async fn enter(&self) -> Result<(), Failure> {
        let call = self.call;
        if !call.guard.may_call() {
            return Err(Failure::stopped());
        }
        let waited = call.budget.acquire(&self.credentials.key_hash, call.priority).await;
        if !call.guard.may_call() {
            call.budget.settled(&self.credentials.key_hash).await;
            return Err(Failure::stopped());
        }
        call.counters.count_call(waited);
        metrics::histogram!("keyferry_checkly_budget_wait_seconds").record(waited.as_secs_f64());
        Ok(())
    }

    fn headers(&self, with_body: bool) -> Result<HeaderMap, Failure> {
        let mut headers = HeaderMap::new();
        let api_key = self.credentials.api_key.expose_secret();
        let mut bearer = HeaderValue::try_from(format!("Bearer {api_key}"))
            .map_err(|_invalid| Failure::new(FailureKind::Credentials, "The API key holds characters that cannot be sent."))?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(account_id) = self.account_id {
            let account_id = HeaderValue::from_str(account_id)
                .map_err(|_invalid| Failure::new(FailureKind::TargetGone, "The account's id is not one of Checkly's."))?;
            headers.insert(ACCOUNT_HEADER, account_id);
        }
        if with_body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Ok(headers)
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that calls Checkly")]
    async fn exchange(&self, request: &Request, url: Url, headers: HeaderMap) -> Result<Answer, NetworkError> {
        let total = self.client.total_timeout;
        let mut outgoing = reqwest::Request::new(request.method.clone(), url);
        *outgoing.headers_mut() = headers;
        *outgoing.body_mut() = request.body.clone().map(Into::into);
        let exchange = async {
            let mut response = self.client.http.execute(outgoing).await?;
            let status = response.status().as_u16();
            let limit = if response.status().is_success() { request.answer_bytes } else { REFUSAL_BYTES };
            let mut answer = Answer::of(status, response.headers());
            while let Some(chunk) = response.chunk().await? {
                if answer.body.len() + chunk.len() > limit {
                    if response.status().is_success() {
                        return Err(NetworkError::TooLarge { status, limit });
                    }
                    break;
                }
                answer.body.extend_from_slice(&chunk);
            }
            Ok(answer)
        };
        match timeout(total, exchange).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(error.at(&self.client.base)),
            Err(_elapsed) => Err(NetworkError::Timeout(total)),
        }
    }
}

impl From<reqwest::Error> for NetworkError {
    fn from(error: reqwest::Error) -> Self {
        network::classify(&error)
    }
}
