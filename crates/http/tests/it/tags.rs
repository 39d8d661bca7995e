//! Entity tags (core API contract, section 1.6).

use axum::routing::{get, post};
use axum::{Json, Router};
use http::Method;
use keyferry_domain::Error;
use keyferry_http::{Failure, HttpConfig, app};
use serde_json::json;

use crate::support::{get_from, send};

fn router() -> Router {
    let routes = Router::new()
        .route("/api/list", get(|| async { Json(json!({ "secrets": [1, 2] })) }))
        .route("/api/own", get(|| async { ([("etag", "\"own\"")], Json(json!({}))) }))
        .route("/api/text", get(|| async { "text" }))
        .route("/api/write", post(|| async { Json(json!({})) }))
        .route("/api/gone", get(|| async { Failure::from(Error::not_found("gone")) }));
    app(routes, HttpConfig::default())
}

#[tokio::test]
async fn a_body_the_client_has_is_not_sent_again() {
    let router = router();
    let first = get_from(&router, "/api/list").await;
    let tag = first.header("etag").to_owned();
    assert!(tag.len() == 66 && tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    assert_eq!(first.json(), json!({ "secrets": [1, 2] }));
    for sent in [tag.clone(), format!("\"other\", {tag}"), format!("W/{tag}"), "*".to_owned()] {
        let again = send(&router, Method::GET, "/api/list", &[("if-none-match", &sent)]).await;
        assert_eq!((again.status.as_u16(), again.bytes.len(), again.header("etag")), (304, 0, tag.as_str()));
    }
    let changed = send(&router, Method::GET, "/api/list", &[("if-none-match", "\"other\"")]).await;
    assert_eq!((changed.status.as_u16(), changed.header("etag")), (200, tag.as_str()));
}

#[tokio::test]
async fn a_tag_of_the_handler_is_kept() {
    let answer = send(&router(), Method::GET, "/api/own", &[("if-none-match", "\"own\"")]).await;
    assert_eq!((answer.status.as_u16(), answer.header("etag")), (304, "\"own\""));
}

#[tokio::test]
async fn only_reads_that_succeed_with_json_have_a_tag() {
    let router = router();
    for (method, path) in [(Method::GET, "/api/text"), (Method::POST, "/api/write"), (Method::GET, "/api/gone")] {
        assert_eq!(send(&router, method, path, &[]).await.header("etag"), "");
    }
    let head = send(&router, Method::HEAD, "/api/list", &[]).await;
    assert_eq!((head.status.as_u16(), head.bytes.len()), (200, 0));
}
