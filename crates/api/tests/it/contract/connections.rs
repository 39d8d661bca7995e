//! What a key's validation answers (section 2.6), on create and on update.

use http::{Method, StatusCode};
use keyferry_checkly_sim::{ErrorBody, Fault, FaultEffect, RetryAfter, Role};
use keyferry_test_support::{World, on_each_backend};
use serde_json::json;

use super::Bench;

const CONNECTIONS: &str = "/api/v1/app-connections/checkly";

/// Differs: a rate limit is told at once instead of after minutes, and a key that reaches no account is refused.
#[tokio::test]
async fn validation_tells_what_checkly_answered() {
    let bench = Bench::new(World::new().await.unwrap()).await;
    let world = &bench.s.api.world;
    let status = |status, body| FaultEffect::Status { status, body, apply: false };
    let failed = |rest: &str| format!("Failed to validate credentials: {rest}");
    let unable = "Unable to validate connection - verify credentials".to_owned();
    let path = format!("{CONNECTIONS}/{}", bench.s.connection_id);
    for (effect, expected) in [
        (status(401, ErrorBody::Json), failed("Request failed with status code 401")),
        (status(403, ErrorBody::BareString), failed("Request failed with status code 403")),
        (status(500, ErrorBody::Html), failed("Request failed with status code 500")),
        (status(503, ErrorBody::Empty), failed("Request failed with status code 503")),
        (FaultEffect::RateLimited { retry_after: RetryAfter::Seconds(60) }, failed("Request failed with status code 429")),
        (FaultEffect::Nonsense { body: None }, unable.clone()),
        (FaultEffect::Nonsense { body: Some("[{\"id\":7}]".to_owned()) }, unable),
    ] {
        for (method, path) in [(Method::POST, CONNECTIONS), (Method::PATCH, path.as_str())] {
            world.sim.state().set_faults(vec![Fault::new(effect.clone())]);
            // A key of its own: one that was told to wait is not called again before.
            let key = format!("cu_{}", world.app.ids.v4().simple());
            world.sim.state().add_key(&key, Role::ReadWrite, &[&world.account_id]);
            let body = json!({"name": "us", "method": "api-key", "credentials": {"apiKey": key}});
            let (code, answer) = bench.call(method.clone(), path, body).await;
            assert_eq!((code, &answer["message"]), (StatusCode::BAD_REQUEST, &json!(expected)), "{method} {effect:?}");
            assert_eq!(answer["error"], "BadRequest");
        }
    }
    world.sim.state().set_faults(vec![Fault::new(FaultEffect::ResetBeforeApply)]);
    let body = json!({"name": "us", "method": "api-key", "credentials": {"apiKey": world.api_key}});
    let (code, answer) = bench.call(Method::POST, CONNECTIONS, body).await;
    let text = answer["message"].as_str().unwrap();
    assert!(code == StatusCode::BAD_REQUEST && text.starts_with("Failed to validate credentials: "), "{answer}");
    assert!(!answer.to_string().contains(&world.api_key));
}

/// An update that is refused changes nothing, and a later one of the same name is compared within its scope.
#[tokio::test]
async fn a_refused_update_changes_nothing() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let path = format!("{CONNECTIONS}/{}", bench.s.connection_id);
        let (_, before) = bench.call(Method::GET, &path, json!(null)).await;
        let body = json!({"name": "other", "description": "x", "credentials": {"apiKey": "cu_unknown"}});
        assert_eq!(bench.call(Method::PATCH, &path, body).await.0, StatusCode::BAD_REQUEST);
        assert_eq!(bench.call(Method::GET, &path, json!(null)).await.1, before);
        let taken = json!({"name": "us", "method": "api-key", "credentials": {"apiKey": bench.s.api.world.api_key}});
        assert_eq!(bench.call(Method::POST, CONNECTIONS, taken).await.0, StatusCode::OK);
        let (status, answer) = bench.call(Method::PATCH, &path, json!({"name": "us"})).await;
        assert_eq!(
            (status, &answer["message"]),
            (StatusCode::BAD_REQUEST, &json!("An App Connection with the name \"us\" already exists"))
        );
    })
    .await;
}
