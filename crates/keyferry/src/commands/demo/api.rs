//! A minimal client of the public REST API, as any user's script would be.

use anyhow::{Context as _, bail};
use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

/// Speaks JSON to one server.
pub struct Api {
    base: String,
    client: reqwest::Client,
    token: Option<SecretString>,
}

impl Api {
    /// A client without a token.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    #[expect(clippy::disallowed_methods, reason = "the demo talks to its own server on loopback, not to a destination")]
    pub fn new(base: String) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder().user_agent("keyferry-demo").no_proxy().build()?;
        Ok(Self { base, client, token: None })
    }

    /// From now on sends this bearer token.
    pub fn authenticate(&mut self, token: &str) {
        self.token = Some(SecretString::from(token.to_owned()));
    }

    /// GET.
    ///
    /// # Errors
    /// The server's message when it refuses.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(Method::GET, path, None, None).await
    }

    /// GET with one more header.
    ///
    /// # Errors
    /// The server's message when it refuses.
    pub async fn get_with(&self, path: &str, header: (&'static str, &str)) -> anyhow::Result<Value> {
        self.send(Method::GET, path, None, Some(header)).await
    }

    /// The bearer token in use.
    ///
    /// # Errors
    /// When nobody signed in.
    pub fn token(&self) -> anyhow::Result<&str> {
        self.token.as_ref().map(|token| token.expose_secret()).context("nobody signed in")
    }

    /// POST.
    ///
    /// # Errors
    /// The server's message when it refuses.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(Method::POST, path, Some(body), None).await
    }

    /// PATCH.
    ///
    /// # Errors
    /// The server's message when it refuses.
    pub async fn patch(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(Method::PATCH, path, Some(body), None).await
    }

    #[expect(clippy::disallowed_methods, reason = "the demo talks to its own server on loopback, not to a destination")]
    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        header: Option<(&'static str, &str)>,
    ) -> anyhow::Result<Value> {
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let answer = request.send().await.with_context(|| format!("{method} {path}"))?;
        let status = answer.status();
        let body: Value = answer.json().await.with_context(|| format!("{method} {path}: the answer is not JSON"))?;
        if !status.is_success() {
            bail!("{method} {path} answered {status}: {}", body["message"]);
        }
        Ok(body)
    }
}

/// A text of an answer, by its path of keys.
///
/// # Errors
/// When the answer lacks it.
pub fn text(body: &Value, pointer: &str) -> anyhow::Result<String> {
    let value = body.pointer(pointer).and_then(Value::as_str);
    value.map(str::to_owned).with_context(|| format!("the answer lacks {pointer}"))
}
