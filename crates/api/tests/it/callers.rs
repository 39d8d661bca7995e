//! Who may call, told before anything of the request is looked at (core API contract, section 3.3; connections and syncs, 1.2).

use http::{Method, Request, StatusCode, header};
use keyferry_api::Registry;
use keyferry_api::endpoint::{AnonymousCall, Call, Input, Json, JsonBytes, delete, get, patch, post};
use keyferry_api::wire::{Decode, Fields, text};
use keyferry_domain::{Caller, Error, Result};
use keyferry_test_support::World;
use serde_json::{Value, json};

use crate::support::Api;

struct Name(String);

impl Decode for Name {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.required("name", text());
        Some(Self(name?))
    }
}

struct Id(String);

impl Decode for Id {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let id = f.required("thingId", text());
        Some(Self(id?))
    }
}

async fn who(call: Call, input: Input<(), (), Name>) -> Result<Json<Value>> {
    Ok(Json(json!({ "kind": call.caller.actor.kind(), "org": call.org_id()?, "name": input.body.0 })))
}

async fn anybody(call: Call, _: Input) -> Result<Json<Value>> {
    Ok(Json(json!({ "org": call.caller.org_id, "url": call.request.url })))
}

async fn open(call: AnonymousCall, _: Input) -> Result<JsonBytes> {
    let agent = call.origin.user_agent.unwrap_or_default();
    Ok(JsonBytes(json!({ "agent": agent, "reqId": call.origin.request_id }).to_string().into()))
}

async fn by_id(_: Call, input: Input<Id>) -> Result<Json<Value>> {
    Ok(Json(json!({ "id": input.params.0 })))
}

async fn hopeless(_: Call, _: Input) -> Result<Json<Value>> {
    Err(Error::internal("the row of hunter2 is damaged"))
}

async fn api() -> Api {
    let mut registry = Registry::new();
    registry.add(post("/api/v1/things", who));
    registry.add(get("/api/v1/things/users", anybody).users_only());
    registry.add(get("/api/v1/things/any", anybody).organization_optional());
    registry.add(get("/api/v1/open", open));
    registry.add(patch("/api/v1/things/{thingId}", by_id));
    registry.add(delete("/api/v1/things/{thingId}", by_id).identities_only());
    registry.add(get("/api/v1/hopeless", hopeless));
    Api::serving(World::new().await.unwrap(), registry)
}

#[tokio::test]
async fn a_missing_token_comes_before_a_wrong_body() {
    let api = api().await;
    let answer = api.call("", Method::POST, "/api/v1/things", json!({ "name": 1 })).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!((&answer.body["message"], &answer.body["error"]), (&json!("Token missing"), &json!("UnauthorizedError")));
    assert_eq!(answer.body["reqId"].as_str().unwrap(), answer.headers["x-request-id"].to_str().unwrap());

    let unknown = api.call("nobody", Method::POST, "/api/v1/things", json!({ "name": 1 })).await;
    assert_eq!((unknown.status, &unknown.body["error"]), (StatusCode::FORBIDDEN, &json!("TokenError")));

    let token = api.token(&api.world.admin);
    let invalid = api.call(&token, Method::POST, "/api/v1/things", json!({ "name": 1 })).await;
    assert_eq!(invalid.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn users_and_identities_are_told_apart() {
    let api = api().await;
    let user = api.token(&api.world.admin);
    let identity = api.token(&api.world.identity(api.world.org_id, "robot", "admin").await.unwrap());
    for (token, kind) in [(&user, "user"), (&identity, "identity")] {
        let answer = api.call(token, Method::POST, "/api/v1/things", json!({ "name": "n" })).await;
        assert_eq!(answer.body, json!({ "kind": kind, "org": api.world.org_id, "name": "n" }));
    }
    assert_eq!(api.get(&user, "/api/v1/things/users?a=b").await.status, StatusCode::OK);
    let refused = api.get(&identity, "/api/v1/things/users?a=b").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.body["message"], "You are not allowed to access this resource");
    assert_eq!(refused.body["error"], "Forbidden access to /api/v1/things/users?a=b");
}

#[tokio::test]
async fn an_organization_is_asked_for_where_it_matters() {
    let api = api().await;
    let token = api.token(&Caller { org_id: None, ..api.world.admin.clone() });
    let refused = api.get(&token, "/api/v1/things/users").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.body["error"], "/api/v1/things/users Unauthorized Access, no organization found in request");
    assert_eq!(refused.body["message"], "You are not allowed to access this resource");
    let answer = api.get(&token, "/api/v1/things/any?x=1").await;
    assert_eq!(answer.body, json!({ "org": null, "url": "/api/v1/things/any?x=1" }));
}

#[tokio::test]
async fn old_api_keys_and_odd_headers() {
    let api = api().await;
    let send = |path: &'static str, name: &'static str, value: &'static str| {
        api.send(
            Request::get(path).header(name, value).header(header::USER_AGENT, "cli").body(axum::body::Body::empty()).unwrap(),
        )
    };
    let key = send("/api/v1/things/any", "x-api-key", "k").await;
    assert_eq!(key.status, StatusCode::BAD_REQUEST);
    assert_eq!(key.body["message"], "API key authentication is not supported anymore. Please switch to identity authentication.");
    for value in ["", "Bearer", "Bearer  ", "Basic eDp5"] {
        assert_eq!(send("/api/v1/things/any", "authorization", value).await.body["message"], "Token missing");
        assert_eq!(send("/api/v1/open", "authorization", value).await.body["agent"], "cli");
    }
    let token = api.token(&api.world.admin);
    let request = Request::get("/api/v1/things/any").header("authorization", format!("bearer {token}"));
    assert_eq!(api.send(request.body(axum::body::Body::empty()).unwrap()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn parts_of_a_path_go_by_their_place_and_methods_unknown_there_are_no_route() {
    let api = api().await;
    let user = api.token(&api.world.admin);
    let answer = api.call(&user, Method::PATCH, "/api/v1/things/7/", Value::Null).await;
    assert_eq!(answer.body, json!({ "id": "7" }));
    let refused = api.call(&user, Method::DELETE, "/api/v1/things/7", Value::Null).await;
    assert_eq!(refused.body["error"], "Forbidden access to /api/v1/things/7");
    let missing = api.call(&user, Method::PUT, "/api/v1/things/7", Value::Null).await;
    assert_eq!(
        missing.body,
        json!({ "message": "Route PUT:/api/v1/things/7 not found", "error": "Not Found", "statusCode": 404 })
    );
}

#[tokio::test]
async fn a_defect_shows_nothing_of_its_cause() {
    let api = api().await;
    let token = api.token(&api.world.admin);
    let answer = api.get(&token, "/api/v1/hopeless").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!((&answer.body["message"], &answer.body["error"]), (&json!("Something went wrong"), &json!("InternalServerError")));
    assert!(!answer.body.to_string().contains("hunter2"));
}
