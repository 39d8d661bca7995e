//! The API over a world, called without a socket; tokens stand for callers directly.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use keyferry_domain::{App, Caller, Error, Origin};
use keyferry_http::{AppState, Authenticator, HttpConfig, Readiness};
use keyferry_test_support::World;
use serde_json::Value;
use tower::ServiceExt;

/// The API of a world.
pub struct Api {
    pub world: World,
    router: Router,
    callers: Arc<Callers>,
    readiness: Arc<Ready>,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// `Null` when the body is not JSON.
    pub body: Value,
}

impl Api {
    pub async fn new() -> Self {
        Self::over(World::new().await.unwrap())
    }

    pub fn over(world: World) -> Self {
        Self::serving(world, keyferry_api::router::registry())
    }

    /// With other routes than the API's own.
    pub fn serving(world: World, registry: keyferry_api::Registry) -> Self {
        let callers = Arc::new(Callers { app: Arc::clone(&world.app), known: Mutex::default() });
        let readiness = Arc::new(Ready::default());
        let state = AppState {
            app: Arc::clone(&world.app),
            authenticator: Arc::clone(&callers) as Arc<dyn Authenticator>,
            readiness: Arc::clone(&readiness) as Arc<dyn Readiness>,
        };
        let router = keyferry_http::app(registry.into_router().with_state(state), HttpConfig::default());
        Self { world, router, callers, readiness }
    }

    /// A token that stands for a caller.
    pub fn token(&self, caller: &Caller) -> String {
        let mut known = self.callers.known.lock().unwrap();
        let token = format!("token-{}", known.len());
        known.insert(token.clone(), caller.clone());
        token
    }

    /// Says why the server cannot work, or that it can.
    pub fn set_ready(&self, outcome: Result<(), String>) {
        *self.readiness.0.lock().unwrap() = outcome.err();
    }

    /// Sends JSON as the holder of a token; `""` sends none. `Value::Null` sends no body.
    pub async fn call(&self, token: &str, method: Method, path: &str, body: Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        };
        self.send(request.body(body).unwrap()).await
    }

    /// Reads as the holder of a token.
    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.call(token, Method::GET, path, Value::Null).await
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        answer(&self.router, request).await
    }
}

impl Api {
    /// Sends a request whose answer has no end.
    pub async fn open(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }
}

/// Sends a request to any router.
pub async fn answer(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    if parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream") {
        return Answer { status: parts.status, headers: parts.headers, body: Value::Null };
    }
    let bytes = body.collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Answer { status: parts.status, headers: parts.headers, body }
}

struct Callers {
    app: Arc<App>,
    known: Mutex<HashMap<String, Caller>>,
}

#[async_trait]
impl Authenticator for Callers {
    async fn authenticate(&self, token: &str, origin: &Origin) -> Result<Caller, Error> {
        // Tokens of the installation's own making are proved by it.
        if token.starts_with("st.") {
            return keyferry_domain::authentication::authenticate(&self.app, token, origin.clone()).await;
        }
        let known = self.known.lock().unwrap().get(token).cloned();
        let caller = known.ok_or_else(|| Error::Token {
            message: "The provided access token is malformed. Please use a valid token or generate a new one and try again."
                .to_owned(),
        })?;
        Ok(Caller { origin: origin.clone(), ..caller })
    }
}

#[derive(Default)]
struct Ready(Mutex<Option<String>>);

#[async_trait]
impl Readiness for Ready {
    async fn ready(&self) -> Result<(), String> {
        self.0.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}
