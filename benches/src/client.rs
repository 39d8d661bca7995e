//! JSON over HTTP, as a script would send it.

use anyhow::{Context as _, bail};
use reqwest::Method;
use serde_json::Value;

/// A client of one server.
#[derive(Clone)]
pub struct Client {
    base: String,
    http: reqwest::Client,
    token: Option<String>,
    account: Option<String>,
}

impl Client {
    /// Without a token.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    #[expect(clippy::disallowed_methods, reason = "benchmarks talk to loopback only")]
    pub fn new(base: String) -> anyhow::Result<Self> {
        Ok(Self {
            base,
            http: reqwest::Client::builder().user_agent("keyferry-benches").no_proxy().build()?,
            token: None,
            account: None,
        })
    }

    /// With a bearer token.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// With Checkly's account header.
    #[must_use]
    pub fn account(mut self, account: &str) -> Self {
        self.account = Some(account.to_owned());
        self
    }

    /// Sends a request; the body of a 2xx answer, `None` for 404.
    ///
    /// # Errors
    /// For any other answer.
    #[expect(clippy::disallowed_methods, reason = "benchmarks talk to loopback only")]
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Option<Value>> {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(account) = &self.account {
            request = request.header("X-Checkly-Account", account);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if status == reqwest::StatusCode::NOT_FOUND {
            return Ok(None);
        }
        if !status.is_success() {
            bail!("{method} {path} answered {status}: {text}");
        }
        Ok(Some(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? }))
    }

    /// POST.
    ///
    /// # Errors
    /// For any answer but 2xx.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(Method::POST, path, Some(body)).await?.with_context(|| format!("POST {path}: not found"))
    }

    /// PATCH.
    ///
    /// # Errors
    /// For any answer but 2xx.
    pub async fn patch(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(Method::PATCH, path, Some(body)).await?.with_context(|| format!("PATCH {path}: not found"))
    }

    /// GET.
    ///
    /// # Errors
    /// For any answer but 2xx.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(Method::GET, path, None).await?.with_context(|| format!("GET {path}: not found"))
    }
}
