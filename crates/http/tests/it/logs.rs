//! What a request leaves in the log: never its query, headers or body.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use http::Method;
use keyferry_domain::Error;
use keyferry_http::{Failure, HttpConfig, app};
use tracing::instrument::WithSubscriber as _;

use crate::support::send;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_names_the_route_and_the_cause_but_nothing_the_client_sent() {
    let fails = |_: axum::extract::Path<String>| async { Failure::from(Error::internal("row 7 is damaged")) };
    let router = app(Router::new().route("/api/secrets/{name}", get(fails)), HttpConfig::default());
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
    let headers = [("authorization", "Bearer canary-token"), ("cookie", "canary-cookie")];
    let answer =
        send(&router, Method::GET, "/api/secrets/canary-name?value=canary-query", &headers).with_subscriber(subscriber).await;
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("canary"), "{text}");
    assert_eq!(text.matches("row 7 is damaged").count(), 1, "{text}");
    assert_eq!(text.matches(answer.header("x-request-id")).count(), 2, "{text}");
    assert!(text.contains("route=\"/api/secrets/{name}\"") && text.contains("status=500"), "{text}");
}
