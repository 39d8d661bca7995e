//! A simulator with one account and one key of each kind, called without a socket.

use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request, StatusCode};
use keyferry_checkly_sim::{Account, Role, SimConfig, SimHandle, router};
use serde_json::Value;
use tower::ServiceExt;

pub const ACCOUNT: &str = "3f0c8d0a-7f55-4a8a-9d55-1f1f2c3d4e5f";
pub const OTHER: &str = "8a1e6b52-0c44-4c31-8f60-aa00bb11cc22";
pub const KEY: &str = "cu_readwrite";
pub const READ_ONLY: &str = "cu_readonly";
pub const READ_RUN: &str = "cu_readrun";
pub const SERVICE: &str = "sv_service";

/// An answer with its body parsed, null when empty or not JSON.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
    pub json: Value,
}

pub struct World {
    pub sim: SimHandle,
}

impl World {
    pub fn new() -> Self {
        let sim = SimHandle::new(&SimConfig::default()).unwrap();
        for (id, name) in [(ACCOUNT, "Acme EU"), (OTHER, "Acme US")] {
            sim.add_account(Account { id: id.into(), name: name.into(), runtime_id: Some("2025.04".into()) });
        }
        sim.add_key(KEY, Role::ReadWrite, &[ACCOUNT]);
        sim.add_key(READ_ONLY, Role::ReadOnly, &[ACCOUNT]);
        sim.add_key(READ_RUN, Role::ReadRun, &[ACCOUNT]);
        sim.add_key(SERVICE, Role::ReadWrite, &[ACCOUNT]);
        Self { sim }
    }

    /// A call with the read-write key and the account header.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.call_as(KEY, Some(ACCOUNT), method, path, body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub async fn call_as(&self, key: &str, account: Option<&str>, method: &str, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {key}"));
        if let Some(account) = account {
            request = request.header("x-checkly-account", account);
        }
        let body = match body {
            Some(json) => {
                request = request.header("content-type", "application/json");
                Body::from(json.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = router(&self.sim).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            json: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    /// Sets so many plain variables `K000`, `K001`, ...
    pub fn fill(&self, count: usize) {
        for number in 0..count {
            assert!(self.sim.set_variable(ACCOUNT, format!("K{number:03}"), "v", false, false));
        }
    }
}

/// The `key` members of a list.
pub fn keys(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|row| row["key"].as_str().unwrap().to_owned()).collect()
}

/// Checks an error body that has exactly the three documented members.
pub fn assert_error(answer: &Answer, status: u16, error: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    let object = answer.json.as_object().unwrap();
    let members: Vec<&str> = object.keys().map(String::as_str).collect();
    assert_eq!(members, ["statusCode", "error", "message"]);
    assert_eq!(answer.json["statusCode"], status);
    assert_eq!(answer.json["error"], error);
    assert!(answer.json["message"].is_string());
}
