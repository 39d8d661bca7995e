//! What clients that cannot be installed here send, request by request: the command line, the Terraform provider, the Kubernetes
//! operator and External Secrets (core API contract, sections 2 and 15; client traffic contract, sections 1 and 8). Bodies are
//! those of the clients, keys included that no route knows. The clients that can be installed run in `tests/e2e/clients`.

mod cli;
mod operators;
mod quirks;
mod terraform;

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Method, Request, StatusCode, header};
use keyferry_test_support::World;
use serde_json::{Value, json};

use crate::sign_in_walk::Server;
use crate::support::{Answer, answer};

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery staple";

/// A client program and the token it holds, if any.
struct Client<'a> {
    server: &'a Server,
    agent: &'static str,
    token: String,
}

impl<'a> Client<'a> {
    fn new(server: &'a Server, agent: &'static str) -> Self {
        Self { server, agent, token: String::new() }
    }

    fn with_token(&self, token: &str) -> Self {
        Self { server: self.server, agent: self.agent, token: token.to_owned() }
    }

    /// A request with a JSON body, or with none when it is `Null`.
    async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::USER_AGENT, self.agent);
        if !self.token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        };
        self.exchange(request.header(header::HOST, "localhost:8080").body(body).unwrap()).await
    }

    /// A request as it is, from this machine.
    async fn exchange(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 50000))));
        answer(&self.server.router, request).await
    }

    /// The body of a call that must succeed; success is always 200.
    async fn ok(&self, method: Method, path: &str, body: Value) -> Value {
        let answer = self.send(method.clone(), path, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{method} {path}: {}", answer.body);
        answer.body
    }

    async fn get(&self, path: &str) -> Value {
        self.ok(Method::GET, path, Value::Null).await
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.ok(Method::POST, path, body).await
    }

    async fn patch(&self, path: &str, body: Value) -> Value {
        self.ok(Method::PATCH, path, body).await
    }

    async fn delete(&self, path: &str, body: Value) -> Value {
        self.ok(Method::DELETE, path, body).await
    }

    /// A call that must be refused with this status, in the envelope that every client reads.
    async fn refused(&self, method: Method, path: &str, body: Value, status: u16) -> Value {
        let answer = self.send(method.clone(), path, body).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {}", answer.body);
        assert_eq!(answer.body["statusCode"], status, "{method} {path}: {}", answer.body);
        assert!(answer.body["message"].is_string(), "{method} {path}: {}", answer.body);
        answer.body
    }

    /// What Terraform and External Secrets take for "there is none".
    async fn gone(&self, path: &str) {
        self.refused(Method::GET, path, Value::Null, 404).await;
    }
}

/// A server that was set up, and the token of its first identity.
async fn set_up(world: World) -> (Server, Value) {
    let server = Server::over(world).await;
    let body = json!({"email": EMAIL, "password": PASSWORD, "organization": "Acme", "domain": "http://localhost:8080/api"});
    let done = Client::new(&server, "cli").post("/api/v1/admin/bootstrap", body).await;
    (server, done)
}

fn text<'a>(body: &'a Value, pointer: &str) -> &'a str {
    body.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no text at {pointer} in {body}"))
}

/// Keys and values of a list of secrets, in the list's order.
fn pairs(listed: &Value) -> Vec<(&str, &str)> {
    listed.as_array().unwrap().iter().map(|secret| (text(secret, "/secretKey"), text(secret, "/secretValue"))).collect()
}
