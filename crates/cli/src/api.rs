//! Speaks JSON to one server.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, StatusCode, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::server::Server;
use crate::terminal::tell;

/// What the official command line calls itself; servers sort their audit by it.
const USER_AGENT: &str = "cli";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A plan of a large account waits for the budget of Checkly's API.
const TIMEOUT: Duration = Duration::from_secs(120);
/// Largest answer read, in bytes.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// How often a refused call is repeated.
const REPEATS: u32 = 4;
/// Longest wait before a repetition, in seconds, whatever the server asks for.
const MAX_WAIT_S: u64 = 60;

/// Why a call failed. No text holds a token or a value.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The server said no.
    #[error("{message} (status {status}{})", .request.as_ref().map(|id| format!(", request {id}")).unwrap_or_default())]
    Refused {
        /// HTTP status.
        status: u16,
        /// The server's message.
        message: String,
        /// The server's id of the request, for its logs.
        request: Option<String>,
    },
    /// No answer came.
    #[error("cannot reach {server}: {reason}")]
    Unreachable {
        /// Its address.
        server: String,
        /// In a few words.
        reason: &'static str,
    },
    /// An answer that is none of this API.
    #[error("{server} answered something that is no JSON (status {status}); is it a Keyferry or Infisical server?")]
    NotJson {
        /// Its address.
        server: String,
        /// HTTP status.
        status: u16,
    },
}

impl ApiError {
    /// HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the server has no such route; older ones lack some.
    pub fn is_no_route(&self) -> bool {
        matches!(self, Self::Refused { status: 404, message, .. } if message.starts_with("Route "))
            || matches!(self, Self::NotJson { status: 404, .. })
    }
}

/// A client of one server, with or without a token.
#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    server: Server,
    token: Option<SecretString>,
}

impl Api {
    /// Without a token.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    #[expect(clippy::disallowed_methods, reason = "this is the client of its destination: time limits, no redirects")]
    pub fn new(server: &Server) -> anyhow::Result<Self> {
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .referer(false)
            .redirect(reqwest::redirect::Policy::none());
        if server.is_loopback() {
            builder = builder.no_proxy();
        }
        if server.is_https() {
            builder = builder.https_only(true);
        } else {
            // No certificate is looked at, so none is loaded: some systems have none.
            builder = builder.tls_certs_only([]);
        }
        Ok(Self { http: builder.build()?, server: server.clone(), token: None })
    }

    /// The same client with a token.
    #[must_use]
    pub fn with_token(&self, token: SecretString) -> Self {
        Self { token: Some(token), ..self.clone() }
    }

    /// Whether the token says that it is a person's.
    pub fn is_user(&self) -> bool {
        self.token.as_ref().is_some_and(|token| crate::session::claims(token)["authTokenType"] == "accessToken")
    }

    /// The server's address.
    pub fn server(&self) -> &str {
        self.server.as_str()
    }

    /// The same with connections of its own, for another runtime: those of this one stand still when it does.
    ///
    /// # Errors
    /// Like [`Api::new`].
    pub fn renewed(&self) -> anyhow::Result<Self> {
        Ok(Self { token: self.token.clone(), ..Self::new(&self.server)? })
    }

    /// Reads.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, ApiError> {
        let mut target = format!("{}{path}", self.server());
        if !query.is_empty() {
            let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
            target = format!("{target}?{}", query.join("&"));
        }
        self.call(Method::GET, &target, None).await
    }

    /// Changes something.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value, ApiError> {
        self.call(method, &format!("{}{path}", self.server()), Some(body)).await
    }

    /// [`Api::send`] by POST.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, ApiError> {
        self.send(Method::POST, path, body).await
    }

    async fn call(&self, method: Method, target: &str, body: Option<&Value>) -> Result<Value, ApiError> {
        let is_read = method == Method::GET;
        for repeat in 0.. {
            let (status, wait, answer) = self.attempt(method.clone(), target, body).await?;
            // What was refused for now was not begun; what a server gave up may have been.
            let may_repeat = status == StatusCode::TOO_MANY_REQUESTS || (is_read && status == StatusCode::SERVICE_UNAVAILABLE);
            if !may_repeat || repeat >= REPEATS {
                return self.judge(status, answer);
            }
            let wait_s = wait.unwrap_or(1 << repeat).min(MAX_WAIT_S);
            if wait_s > 2 {
                tell(format_args!("the server is busy; trying again in {wait_s} s"));
            }
            tokio::time::sleep(Duration::from_secs(wait_s)).await;
        }
        Err(self.unreachable("it stays busy"))
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that calls the server")]
    async fn attempt(
        &self,
        method: Method,
        target: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Option<u64>, Vec<u8>), ApiError> {
        let mut request = self.http.request(method, target).header(header::ACCEPT, "application/json");
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let mut answer = request.send().await.map_err(|error| self.unreachable(reason(&error)))?;
        let wait = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let status = answer.status();
        let mut bytes = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| self.unreachable(reason(&error)))? {
            if bytes.len() + part.len() > MAX_BYTES {
                return Err(self.unreachable("its answer is too large"));
            }
            bytes.extend_from_slice(&part);
        }
        Ok((status, wait, bytes))
    }

    fn judge(&self, status: StatusCode, answer: Vec<u8>) -> Result<Value, ApiError> {
        let status_code = status.as_u16();
        let Ok(body) = serde_json::from_slice::<Value>(&answer) else {
            return Err(ApiError::NotJson { server: self.server().to_owned(), status: status_code });
        };
        if status.is_success() {
            return Ok(body);
        }
        let request = body["reqId"].as_str().map(|id| self.scrub(id));
        Err(ApiError::Refused { status: status_code, message: self.scrub(&message(&body)), request })
    }

    /// Without the token, should a server ever send it back.
    fn scrub(&self, text: &str) -> String {
        match &self.token {
            // Something shorter is no token, and would spoil words.
            Some(token) if token.expose_secret().len() >= 8 => text.replace(token.expose_secret(), "[token]"),
            _ => text.to_owned(),
        }
    }

    fn unreachable(&self, reason: &'static str) -> ApiError {
        ApiError::Unreachable { server: self.server().to_owned(), reason }
    }
}

/// The message of a refusal; that of a failed validation is a list of findings.
fn message(body: &Value) -> String {
    match &body["message"] {
        Value::String(text) => text.clone(),
        Value::Array(issues) => {
            let issue = |issue: &Value| {
                let path: Vec<String> = issue["path"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|part| match part {
                        Value::String(text) => text.clone(),
                        other => other.to_string(),
                    })
                    .collect();
                format!("{}: {}", path.join("."), issue["message"].as_str().unwrap_or("is not valid"))
            };
            issues.iter().map(issue).collect::<Vec<_>>().join("; ")
        }
        _ => "the server refused".to_owned(),
    }
}

/// In a few words: the library's own text holds the whole address.
fn reason(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        return "it does not answer in time";
    }
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let text = inner.to_string();
        if text.contains("certificate") || text.contains("tls") || text.contains("TLS") {
            return "its TLS certificate is not accepted, or it does not speak TLS";
        }
        if text.contains("dns") || text.contains("lookup") {
            return "its name is not known";
        }
        if text.contains("refused") {
            return "the connection was refused";
        }
        source = inner.source();
    }
    if error.is_connect() { "no connection" } else { "the connection broke" }
}

/// What needs no escape in a part of a path or a query (RFC 3986, section 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes what goes into one part of a path or a query.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wiremock::matchers::{header, method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    async fn api(mock: &MockServer) -> Api {
        rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
        let server = Server::parse(&mock.uri(), false).unwrap();
        Api::new(&server).unwrap().with_token(SecretString::from("the-token"))
    }

    #[tokio::test]
    async fn a_read_is_repeated_as_the_server_asks_and_a_write_only_when_it_was_refused() {
        let mock = MockServer::start().await;
        let busy = |status: u16| {
            ResponseTemplate::new(status).insert_header("retry-after", "0").set_body_json(json!({"message": "busy"}))
        };
        for (verb, status) in [("GET", 503), ("POST", 429)] {
            Mock::given(method(verb)).respond_with(busy(status)).up_to_n_times(2).with_priority(1).mount(&mock).await;
        }
        let token = header("authorization", "Bearer the-token");
        Mock::given(path("/a"))
            .and(token)
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({"ok": 1})))
            .mount(&mock)
            .await;
        let api = api(&mock).await;
        assert_eq!(api.get("/a", &[]).await.unwrap()["ok"], 1);
        assert_eq!(api.post("/a", &json!({})).await.unwrap()["ok"], 1);
        Mock::given(method("POST")).respond_with(busy(503)).expect(1).with_priority(1).mount(&mock).await;
        assert_eq!(api.post("/a", &json!({})).await.unwrap_err().status(), Some(503));
    }

    #[tokio::test]
    async fn errors_name_message_and_request_and_no_token() {
        let mock = MockServer::start().await;
        let body = json!({"reqId": "req-1", "statusCode": 403, "message": "no the-token here", "error": "PermissionDenied"});
        Mock::given(path("/a")).respond_with(ResponseTemplate::new(403).set_body_json(body)).mount(&mock).await;
        let issues = json!({"reqId": "req-2", "message": [{"path": ["secrets", 0, "secretKey"], "message": "Required"}]});
        Mock::given(path("/b")).respond_with(ResponseTemplate::new(422).set_body_json(issues)).mount(&mock).await;
        Mock::given(path("/c")).respond_with(ResponseTemplate::new(404).set_body_string("<html>")).mount(&mock).await;
        let api = api(&mock).await;
        let text = |error: ApiError| error.to_string();
        assert_eq!(text(api.get("/a", &[]).await.unwrap_err()), "no [token] here (status 403, request req-1)");
        assert_eq!(text(api.get("/b", &[]).await.unwrap_err()), "secrets.0.secretKey: Required (status 422, request req-2)");
        let html = api.get("/c", &[]).await.unwrap_err();
        assert!(html.is_no_route() && html.to_string().contains("no JSON"), "{html}");
    }
}
