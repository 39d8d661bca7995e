//! Sections 6 and 7: error bodies, size limit, rate limit.

use std::time::{Duration, Instant};

use axum::body::Body;
use http::Request;
use keyferry_checkly_sim::{RateLimit, RetryAfter};
use serde_json::json;

use crate::world::{ACCOUNT, KEY, READ_ONLY, World, assert_error};

fn post(content_type: Option<&str>, body: &'static str) -> Request<Body> {
    let mut request =
        Request::post("/v1/variables").header("authorization", format!("Bearer {KEY}")).header("x-checkly-account", ACCOUNT);
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    request.body(Body::from(body)).unwrap()
}

#[tokio::test]
async fn bodies_must_be_json_objects() {
    let world = World::new();
    let good = r#"{"key": "A", "value": "v"}"#;
    for (content_type, body) in [
        (Some("application/json"), ""),
        (Some("application/json"), "{"),
        (Some("application/json"), "[]"),
        (Some("text/plain"), good),
        (None, good),
    ] {
        assert_error(&world.send(post(content_type, body)).await, 400, "Bad Request");
    }
    let answer = world.send(post(Some("application/json; charset=utf-8"), good)).await;
    assert_eq!(answer.status, 201);
}

#[tokio::test]
async fn error_messages_never_hold_the_value() {
    let world = World::new();
    world.sim.set_variable(ACCOUNT, "S", "old", true, false);
    let marker = "hunter2-hunter2";
    let tries = [
        ("POST", "/v1/variables", json!({"key": "S", "value": marker})),
        ("POST", "/v1/variables", json!({"key": 5, "value": marker})),
        ("PUT", "/v1/variables/S", json!({"value": marker})),
        ("PUT", "/v1/variables/S", json!({"value": [marker]})),
    ];
    for (method, path, body) in tries {
        let answer = world.call(method, path, Some(body)).await;
        assert!(answer.status.is_client_error());
        assert!(!answer.text.contains(marker), "{}", answer.text);
    }
    assert!(!format!("{:?}", world.sim.log()).contains(marker));
}

#[tokio::test]
async fn bodies_above_one_mebibyte_are_413() {
    let world = World::new();
    let body = json!({"key": "BIG", "value": "x".repeat(1_048_576)});
    let answer = world.call("POST", "/v1/variables", Some(body)).await;
    assert_error(&answer, 413, "Request Entity Too Large");
    let body = json!({"key": "BIG", "value": "x".repeat(1_048_000)});
    assert_eq!(world.call("POST", "/v1/variables", Some(body)).await.status, 201);
}

#[tokio::test]
async fn over_the_rate_limit_is_429_per_key_without_header() {
    let world = World::new();
    let limit = RateLimit { requests: 3, window: Duration::from_secs(3_600) };
    world.sim.set_rate_limit(Some(limit));
    for _ in 0..3 {
        assert_eq!(world.get("/v1/variables").await.status, 200);
    }
    let body = json!({"key": "A", "value": "v"});
    let refused = world.call("POST", "/v1/variables", Some(body)).await;
    assert_error(&refused, 429, "Too Many Requests");
    assert!(refused.headers.get("retry-after").is_none());
    assert!(world.sim.variables(ACCOUNT).is_empty());
    let other = world.call_as(READ_ONLY, Some(ACCOUNT), "GET", "/v1/variables", None).await;
    assert_eq!(other.status, 200);
    assert_eq!(world.sim.log()[3].status, 429);
}

#[tokio::test]
async fn retry_after_has_both_forms() {
    let world = World::new();
    let limit = RateLimit { requests: 1, window: Duration::from_secs(3_600) };
    world.sim.set_rate_limit(Some(limit));
    world.get("/v1/variables").await;
    world.sim.configure(|behaviour| behaviour.retry_after = RetryAfter::Seconds(7));
    let seconds = world.get("/v1/variables").await;
    assert_eq!(seconds.headers["retry-after"], "7");
    world.sim.configure(|behaviour| behaviour.retry_after = RetryAfter::Date(7));
    let date = world.get("/v1/variables").await.headers["retry-after"].clone();
    let date = date.to_str().unwrap();
    assert!(date.ends_with(" GMT") && date.len() == 29, "{date}");
    assert!(chrono::DateTime::parse_from_rfc2822(date).is_ok(), "{date}");
}

#[tokio::test]
async fn the_window_slides() {
    let world = World::new();
    let limit = RateLimit { requests: 1, window: Duration::from_millis(30) };
    world.sim.set_rate_limit(Some(limit));
    assert_eq!(world.get("/v1/variables").await.status, 200);
    let deadline = Instant::now() + Duration::from_secs(10);
    while world.get("/v1/variables").await.status != 200 {
        assert!(Instant::now() < deadline, "the window never slid");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn rates_are_read_and_bad_ones_refused() {
    let read = |text: &str| text.parse::<RateLimit>();
    let limit = RateLimit { requests: 600, window: Duration::from_secs(60) };
    assert_eq!(read("600/60s"), Ok(limit));
    assert_eq!(read("600/1m"), Ok(limit));
    assert_eq!(read("600/60000ms"), Ok(limit));
    for text in ["", "600", "600/", "0/60s", "600/0s", "600/60h", "a/60s", "600/s"] {
        assert!(read(text).is_err(), "{text}");
    }
}
