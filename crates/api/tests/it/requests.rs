//! Requests as clients really send them: through a route, its callers and its input.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::{Method, StatusCode, header};
use hyper::body::Frame;
use keyferry_api::wire::{Codec as _, Decode, Fields, Input, boolean, text};
use keyferry_http::{HttpConfig, app};
use serde_json::{Value, json};

use crate::support::{Answer, answer};

struct Params(String);

impl Decode for Params {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.required("secretName", text().min(3));
        Some(Self(name?))
    }
}

struct Query {
    slug: Option<String>,
    filter: Option<String>,
}

impl Decode for Query {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let slug = f.optional("workspaceSlug", text().min(2).blank_is_absent());
        let filter = f.optional("filter", text());
        Some(Self { slug: slug?, filter: filter? })
    }
}

struct Body1 {
    flag: Option<bool>,
    word: String,
}

impl Decode for Body1 {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let flag = f.optional("flag", boolean());
        let word = f.default("word", text(), "none");
        Some(Self { flag: flag?, word: word? })
    }
}

async fn echo(request: Request) -> Response {
    match Input::<Params, Query, Body1>::read("/api/v1/secrets/{secretName}", request).await {
        Ok(Input { params, query, body }) => axum::Json(json!({
            "name": params.0, "slug": query.slug, "filter": query.filter, "flag": body.flag, "word": body.word
        }))
        .into_response(),
        Err(failure) => failure.into_response(),
    }
}

fn router() -> Router {
    let config = HttpConfig { body_timeout: Duration::from_millis(50), ..HttpConfig::default() };
    app(Router::new().route("/api/v1/secrets/{other}", any(echo)), config)
}

async fn send(method: Method, path: &str, kind: &str, body: impl Into<Body>) -> Answer {
    let mut request = http::Request::builder().method(method).uri(path);
    if !kind.is_empty() {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    answer(&router(), request.body(body.into()).unwrap()).await
}

const JSON: &str = "application/json";
const PATH: &str = "/api/v1/secrets/some%2Fname?workspaceSlug=&filter=a%26b&unknown=1";

#[tokio::test]
async fn parts_are_decoded_once_and_unknown_keys_dropped() {
    let answer = send(Method::POST, PATH, JSON, r#"{"flag": true, "extra": {"deep": []}}"#).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, json!({"name": "some/name", "slug": null, "filter": "a&b", "flag": true, "word": "none"}));
}

#[tokio::test]
async fn bodies_may_be_missing_null_or_forms() {
    for (method, kind, body) in [
        (Method::POST, JSON, ""),
        (Method::DELETE, "", ""),
        (Method::DELETE, JSON, "null"),
        (Method::DELETE, JSON, "{}"),
        (Method::GET, JSON, r#"{"flag": "the query again, as texts"}"#),
        (Method::GET, JSON, ""),
    ] {
        let answer = send(method.clone(), PATH, kind, body).await;
        assert_eq!((answer.status, &answer.body["word"]), (StatusCode::OK, &json!("none")), "{method} {body}");
    }
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    let answer = send(Method::POST, PATH, form, "word=a+b%3D&unknown=").await;
    assert_eq!(answer.body["word"], "a b=");
}

#[tokio::test]
async fn one_part_is_reported_at_a_time_in_order() {
    let path = "/api/v1/secrets/x?workspaceSlug=a";
    let paths = |answer: &Answer| -> Vec<Value> {
        answer.body["message"].as_array().unwrap().iter().map(|issue| issue["path"].clone()).collect()
    };
    let first = send(Method::POST, path, JSON, r#"{"flag": 1, "word": 2}"#).await;
    assert_eq!((first.status, paths(&first)), (StatusCode::UNPROCESSABLE_ENTITY, vec![json!(["secretName"])]));
    let second = send(Method::POST, &path.replace("/x", "/xyz"), JSON, r#"{"flag": 1, "word": 2}"#).await;
    assert_eq!(paths(&second), [json!(["flag"]), json!(["word"])]);
    let third = send(Method::POST, &path.replace("/x", "/xyz"), JSON, "{}").await;
    assert_eq!(paths(&third), [json!(["workspaceSlug"])]);
    assert_eq!((&third.body["error"], &third.body["statusCode"]), (&json!("ValidationFailure"), &json!(422)));
}

#[tokio::test]
async fn broken_json_is_a_bad_request_that_quotes_nothing() {
    let answer = send(Method::POST, PATH, JSON, r#"{"word": "hunter2"#).await;
    assert_eq!((answer.status, &answer.body["error"]), (StatusCode::BAD_REQUEST, &json!("BadRequest")));
    assert!(!answer.body.to_string().contains("hunter2"));
    assert_eq!(send(Method::POST, PATH, JSON, "[1, 2]").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(send(Method::POST, PATH, JSON, vec![b'"', 0xff, b'"']).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn hostile_json_is_refused() {
    let million = 1_000_000;
    let shapes = [
        "[".repeat(million),
        r#"{"a":"#.repeat(million / 5),
        format!("{}1{}", "[".repeat(65), "]".repeat(65)),
        format!("[{}1]", "1,".repeat(million / 2)),
        format!("1e{}", "9".repeat(million / 2)),
        format!(r#"{{"flag":{}}}"#, "9".repeat(million / 2)),
    ];
    for shape in shapes {
        let answer = send(Method::POST, PATH, JSON, shape.clone()).await;
        assert!(answer.status.is_client_error(), "{} for {}…", answer.status, &shape[..20]);
    }
    let repeated = format!("{{{}\"word\":\"last\"}}", r#""word":1,"#.repeat(50_000));
    let answer = send(Method::POST, PATH, JSON, repeated).await;
    assert_eq!((answer.status, &answer.body["word"]), (StatusCode::OK, &json!("last")), "the last of repeated keys counts");
}

#[tokio::test]
async fn large_bodies_are_refused_with_and_without_a_declared_length() {
    let large = "x".repeat(1024 * 1024 + 1);
    let declared = send(Method::POST, PATH, JSON, large.clone()).await;
    let counted = send(Method::POST, PATH, JSON, Body::new(Pieces(Some(1100)))).await;
    for answer in [declared, counted] {
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!((&answer.body["statusCode"], &answer.body["error"]), (&json!(413), &json!("PayloadTooLarge")));
        assert!(answer.body["reqId"].as_str().unwrap().starts_with("req-"));
    }
}

#[tokio::test]
async fn a_body_that_never_ends_is_cut_off() {
    let answer = send(Method::POST, PATH, JSON, Body::new(Pieces(None))).await;
    assert_eq!((answer.status, &answer.body["error"]), (StatusCode::REQUEST_TIMEOUT, &json!("RequestTimeout")));
}

#[tokio::test]
async fn query_values_that_repeat_are_not_a_text() {
    let answer = send(Method::POST, "/api/v1/secrets/xyz?filter=a&filter=b", JSON, "{}").await;
    assert_eq!(answer.body["message"][0]["message"], "Expected string, received array");
}

/// A body in pieces of a kibibyte, of no declared length; none at all: it never goes on.
struct Pieces(Option<usize>);

impl axum::body::HttpBody for Pieces {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<bytes::Bytes>, Self::Error>>> {
        match self.0 {
            None => Poll::Pending,
            Some(0) => Poll::Ready(None),
            Some(left) => {
                self.0 = Some(left - 1);
                Poll::Ready(Some(Ok(Frame::data(bytes::Bytes::from_static(&[b' '; 1024])))))
            }
        }
    }
}
