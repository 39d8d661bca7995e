//! Every registered route, by callers it must not serve.

use http::{Method, StatusCode};
use keyferry_api::router::registry;
use keyferry_http::RouteSpec;
use serde_json::{Value, json};

use crate::support::Api;

/// The route's path with something in each variable part.
fn filled(spec: &RouteSpec) -> String {
    let part = |part: &'static str| if part.starts_with('{') { "00000000-0000-4000-8000-000000000000" } else { part };
    spec.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// A body that would be sent; reads have none.
fn body(spec: &RouteSpec) -> Value {
    if spec.method == Method::GET { Value::Null } else { json!({ "name": 1 }) }
}

#[tokio::test]
async fn no_route_that_takes_tokens_serves_somebody_without_one() {
    let api = Api::new().await;
    for spec in registry().specs().filter(|spec| spec.auth.takes_bearer()) {
        let at = format!("{} {}", spec.method, spec.path);
        let nobody = api.call("", spec.method.clone(), &filled(spec), body(spec)).await;
        assert_eq!((nobody.status, &nobody.body["message"]), (StatusCode::UNAUTHORIZED, &json!("Token missing")), "{at}");
        let stranger = api.call("made-up", spec.method.clone(), &filled(spec), body(spec)).await;
        assert_eq!((stranger.status, &stranger.body["error"]), (StatusCode::FORBIDDEN, &json!("TokenError")), "{at}");
    }
}

#[tokio::test]
async fn no_route_serves_a_kind_of_caller_it_does_not_take() {
    let api = Api::new().await;
    let user = api.token(&api.world.admin);
    let identity = api.token(&api.world.identity(api.world.org_id, "robot", "admin").await.unwrap());
    for spec in registry().specs().filter(|spec| spec.auth.takes_bearer() && !(spec.auth.user && spec.auth.identity)) {
        let refused = if spec.auth.user { &identity } else { &user };
        let path = filled(spec);
        let answer = api.call(refused, spec.method.clone(), &path, body(spec)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} {path}", spec.method);
        assert_eq!(answer.body["error"], format!("Forbidden access to {path}"));
    }
}

/// Whatever is sent, an answer is never a defect: bodies of every wrong kind to every route, by somebody who may do everything.
#[tokio::test]
async fn no_input_is_a_defect() {
    let api = Api::new().await;
    let token = api.token(&api.world.admin);
    for spec in registry().specs().filter(|spec| !spec.hidden) {
        for body in [json!({}), json!([]), json!("text"), json!({ "name": "\u{0}", "slug": [], "environment": 7 })] {
            let path = format!("{}?limit=-1&offset=x&environment=%00", filled(spec));
            let answer = api.call(&token, spec.method.clone(), &path, body.clone()).await;
            assert!(!answer.status.is_server_error(), "{} {path} {body}: {}", spec.method, answer.body);
        }
    }
}
