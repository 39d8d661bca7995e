//! Each outcome's body (core API contract, section 1.4).

use axum::Router;
use axum::routing::get;
use keyferry_domain::Error;
use keyferry_domain::error::Issue;
use keyferry_http::{Failure, HttpConfig, app};
use serde_json::{Value, json};

use crate::support::{failing, get_from};

async fn body(error: fn() -> Error) -> Value {
    let answer = get_from(&failing(error), "/api/x?a=b").await;
    let mut body = answer.json();
    let id = body.as_object_mut().unwrap().remove("reqId").unwrap();
    let tail = id.as_str().unwrap().strip_prefix("req-").unwrap();
    assert!(tail.len() == 14 && tail.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
    assert_eq!(answer.header("x-request-id"), id);
    assert_eq!(body["statusCode"], answer.status.as_u16());
    body
}

#[tokio::test]
async fn every_variant_has_its_body() {
    assert_eq!(body(|| Error::bad_request("No")).await, json!({ "statusCode": 400, "message": "No", "error": "BadRequest" }));
    assert_eq!(
        body(|| Error::BadRequest { name: Some("Create".to_owned()), message: "No".to_owned(), details: Some(json!([1])) }).await,
        json!({ "statusCode": 400, "message": "No", "error": "Create", "details": [1] })
    );
    assert_eq!(
        body(|| Error::unauthorized("Token missing")).await,
        json!({ "statusCode": 401, "message": "Token missing", "error": "UnauthorizedError" })
    );
    assert_eq!(
        body(|| Error::Unauthorized {
            name: Some("Unauthorized Access, no organization found in request".to_owned()),
            message: "m".to_owned()
        })
        .await,
        json!({ "statusCode": 401, "message": "m", "error": "/api/x?a=b Unauthorized Access, no organization found in request" })
    );
    assert_eq!(
        body(|| Error::Token { message: "m".to_owned() }).await,
        json!({ "statusCode": 403, "message": "m", "error": "TokenError" })
    );
    let rule = json!({ "action": ["connect"], "inverted": true, "subject": "app-connections" });
    assert_eq!(
        body(|| Error::PermissionDenied {
            action: "connect".to_owned(),
            subject: "app-connections".to_owned(),
            rules: vec![json!({ "action": ["connect"], "inverted": true, "subject": "app-connections" })]
        })
        .await,
        json!({
            "statusCode": 403, "message": "You are not allowed to connect on app-connections", "error": "PermissionDenied",
            "details": [rule]
        })
    );
    assert_eq!(
        body(|| Error::PermissionDenied { action: "read".to_owned(), subject: "x".to_owned(), rules: vec![] }).await["details"],
        json!([])
    );
    assert_eq!(body(|| Error::forbidden("m")).await, json!({ "statusCode": 403, "message": "m", "error": "ForbiddenError" }));
    assert_eq!(
        body(|| Error::Forbidden { name: Some("Forbidden access".to_owned()), message: "m".to_owned(), details: None }).await,
        json!({ "statusCode": 403, "message": "m", "error": "Forbidden access to /api/x?a=b" })
    );
    assert_eq!(
        body(|| Error::not_found_named("GetSecretByName", "m")).await,
        json!({ "statusCode": 404, "message": "m", "error": "GetSecretByName" })
    );
    assert_eq!(body(|| Error::not_found("m")).await, json!({ "statusCode": 404, "message": "m", "error": "NotFound" }));
    assert_eq!(
        body(|| Error::Conflict { name: "PlanStale".to_owned(), message: "m".to_owned(), details: Some(json!({"planId": 1})) })
            .await,
        json!({ "statusCode": 409, "message": "m", "error": "PlanStale", "details": { "planId": 1 } })
    );
    assert_eq!(
        body(|| Error::Invalid(vec![Issue { body: json!({ "code": "custom", "path": [] }) }])).await,
        json!({ "statusCode": 422, "message": [{ "code": "custom", "path": [] }], "error": "ValidationFailure" })
    );
    assert_eq!(
        body(|| Error::RateLimited { retry_after_s: 7 }).await,
        json!({
            "statusCode": 429, "message": "Rate limit exceeded. Please try again in 7 seconds", "error": "RateLimitExceeded"
        })
    );
    assert_eq!(get_from(&failing(|| Error::RateLimited { retry_after_s: 7 }), "/api/x").await.header("retry-after"), "7");
    assert_eq!(
        body(|| Error::Unavailable { message: "m".to_owned() }).await,
        json!({ "statusCode": 503, "message": "m", "error": "ServiceUnavailable" })
    );
    assert_eq!(
        body(|| Error::internal("hunter2")).await,
        json!({ "statusCode": 500, "message": "Something went wrong", "error": "InternalServerError" })
    );
}

#[expect(clippy::panic, reason = "the panic is what is tested")]
async fn panics() -> Failure {
    panic!("hunter2")
}

#[tokio::test]
async fn a_panic_is_an_envelope_without_its_text() {
    let answer = get_from(&app(Router::new().route("/api/x", get(panics)), HttpConfig::default()), "/api/x").await;
    assert_eq!(answer.json()["error"], "InternalServerError");
    assert!(!String::from_utf8_lossy(&answer.bytes).contains("hunter2"));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_takes_too_long_is_a_timeout() {
    let router = Router::new().route("/api/x", get(std::future::pending::<Failure>));
    let answer = get_from(&app(router, HttpConfig::default()), "/api/x").await;
    assert_eq!((answer.status.as_u16(), &answer.json()["message"]), (504, &json!("Timeout error")));
}

#[tokio::test]
async fn an_unknown_route_has_the_frameworks_own_body() {
    let router = app(Router::new(), HttpConfig::default());
    assert_eq!(
        get_from(&router, "/api/v1/nope").await.json(),
        json!({ "message": "Route GET:/api/v1/nope not found", "error": "Not Found", "statusCode": 404 })
    );
    assert!(get_from(&router, "/nope").await.bytes.is_empty());
}
