//! A client of the public API, as a user's script would be.

use reqwest::Method;
use serde_json::Value;

/// Speaks JSON to one server.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Client {
    #[expect(clippy::disallowed_methods, reason = "the tests talk to a server on loopback")]
    pub fn new(base: String) -> Self {
        // Fails when another test was first, which is as good.
        rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
        let http = reqwest::Client::builder().user_agent("keyferry-tests").no_proxy().tls_certs_only([]).build().unwrap();
        Self { http, base, token: None }
    }

    /// The same client with a bearer token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap()
    }

    /// Status and body; `None` when no answer came.
    pub async fn try_call(&self, method: &str, path: &str, body: Option<&Value>) -> Option<(u16, Value)> {
        self.try_raw(method, path, body.map(Value::to_string)).await
    }

    /// Like [`Client::try_call`], with a body that need not be JSON.
    #[expect(clippy::disallowed_methods, reason = "the tests talk to a server on loopback")]
    pub async fn try_raw(&self, method: &str, path: &str, body: Option<String>) -> Option<(u16, Value)> {
        let method: Method = method.parse().unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let text = answer.text().await.ok()?;
        Some((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    /// The body of a call that succeeds.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let answer = self.try_call(method, path, body.as_ref()).await;
        let (status, body) = answer.unwrap_or_else(|| panic!("{method} {path}: no answer"));
        assert!((200..300).contains(&status), "{method} {path} answered {status}: {body}");
        body
    }

    pub async fn get(&self, path: &str) -> Value {
        self.call("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        self.call("POST", path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Value {
        self.call("PATCH", path, Some(body)).await
    }
}
