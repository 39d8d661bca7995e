//! Control routes.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use crate::world::{ACCOUNT, Answer, KEY, World, assert_error};

async fn control(world: &World, method: &str, path: &str, body: Option<Value>) -> Answer {
    let token = world.sim.control_token().to_owned();
    let request = Request::builder()
        .method(method)
        .uri(format!("/__control{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(body.map_or_else(Body::empty, |json| Body::from(json.to_string())))
        .unwrap();
    world.send(request).await
}

#[tokio::test]
async fn everything_needs_the_token() {
    let world = World::new();
    for path in ["/__control/state", "/__control/log", "/__control/nothing"] {
        let answer = world.get(path).await;
        assert_error(&answer, 401, "Unauthorized");
    }
    assert!(world.sim.control_token().len() >= 32);
    assert_ne!(world.sim.control_token(), World::new().sim.control_token());
    assert!(world.sim.log().is_empty());
}

#[tokio::test]
async fn state_shows_no_keys_and_values_only_on_demand() {
    let world = World::new();
    world.sim.set_variable(ACCOUNT, "S", "hunter2", true, true);
    let answer = control(&world, "GET", "/state", None).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.text.contains("hunter2") && !answer.text.contains(KEY));
    assert_eq!(answer.json["accounts"][0]["variables"][0]["key"], "S");
    assert_eq!(answer.json["keys"].as_array().unwrap().len(), 4);
    let answer = control(&world, "GET", "/state?values=true", None).await;
    assert_eq!(answer.json["accounts"][0]["variables"][0]["value"], "hunter2");
}

#[tokio::test]
async fn log_is_read_from_a_number_and_cleared() {
    let world = World::new();
    world.get("/v1/variables").await;
    world.get("/v1/variables/A").await;
    let all = control(&world, "GET", "/log", None).await;
    assert_eq!(all.json[0]["status"], 200);
    assert_eq!(all.json[1]["variable_key"], "A");
    assert_eq!(all.json[1]["key_label"], "key-1");
    assert_eq!(all.json[1]["account"], ACCOUNT);
    let later = control(&world, "GET", "/log?after=1", None).await;
    assert_eq!(later.json.as_array().unwrap().len(), 1);
    assert_eq!(control(&world, "DELETE", "/log", None).await.status, 204);
    world.get("/v1/variables").await;
    let log = world.sim.log();
    assert_eq!((log.len(), log[0].seq, log[0].status), (1, 3, 200));
}

#[tokio::test]
async fn faults_are_added_listed_and_cleared() {
    let world = World::new();
    let one = json!({"effect": {"type": "status", "status": 500}});
    assert_eq!(control(&world, "POST", "/faults", Some(one.clone())).await.status, 204);
    let many = json!([one, {"effect": {"type": "truncate"}}]);
    assert_eq!(control(&world, "POST", "/faults", Some(many)).await.status, 204);
    let list = control(&world, "GET", "/faults", None).await;
    assert_eq!(list.json.as_array().unwrap().len(), 3);
    assert_error(&world.get("/v1/variables").await, 500, "Internal Server Error");
    let wrong = json!({"effect": {"type": "explode"}});
    assert!(control(&world, "POST", "/faults", Some(wrong)).await.status.is_client_error());
    assert_eq!(control(&world, "DELETE", "/faults", None).await.status, 204);
    assert_eq!(world.get("/v1/variables").await.status, 200);
}

#[tokio::test]
async fn somebody_edits_variables() {
    let world = World::new();
    let path = format!("/accounts/{ACCOUNT}/variables/A%2FB");
    let body = json!({"value": "v", "secret": true});
    assert_eq!(control(&world, "PUT", &path, Some(body)).await.status, 204);
    let stored = world.sim.variable(ACCOUNT, "A/B").unwrap();
    assert_eq!((stored.value.as_str(), stored.secret, stored.locked), ("v", true, false));
    assert_eq!(control(&world, "DELETE", &path, None).await.status, 204);
    assert_eq!(control(&world, "DELETE", &path, None).await.status, 404);
}

#[tokio::test]
async fn keys_are_added_demoted_and_revoked_by_text_or_label() {
    let world = World::new();
    let new = json!({"key": "cu_new", "role": "ADMIN", "accounts": [ACCOUNT]});
    assert_eq!(control(&world, "POST", "/keys", Some(new)).await.status, 204);
    let write = json!({"key": "A", "value": "v"});
    let call = |method: &'static str, body: Option<Value>| world.call_as("cu_new", Some(ACCOUNT), method, "/v1/variables", body);
    assert_eq!(call("POST", Some(write.clone())).await.status, 201);
    let role = json!({"key": "key-5", "role": "READ_RUN"});
    assert_eq!(control(&world, "POST", "/keys/role", Some(role)).await.status, 204);
    assert_eq!(call("POST", Some(write)).await.status, 403);
    let name = json!({"key": "cu_new"});
    assert_eq!(control(&world, "POST", "/keys/revoke", Some(name)).await.status, 204);
    assert_eq!(call("GET", None).await.status, 401);
    let nobody = json!({"key": "cu_nobody"});
    assert_eq!(control(&world, "POST", "/keys/revoke", Some(nobody)).await.status, 404);
}

#[tokio::test]
async fn accounts_and_groups_come_and_go() {
    let world = World::new();
    let account = json!({"id": ACCOUNT, "name": "Renamed"});
    assert_eq!(control(&world, "PUT", "/accounts", Some(account)).await.status, 204);
    assert_eq!(world.get("/v1/accounts/me").await.json["name"], "Renamed");
    let group = json!({"id": 7, "name": "G", "variables": [{"key": "A", "value": "v"}]});
    let groups = format!("/accounts/{ACCOUNT}/groups");
    assert_eq!(control(&world, "PUT", &groups, Some(group)).await.status, 204);
    assert_eq!(world.get("/v1/check-groups/7").await.json["name"], "G");
    let path = format!("{groups}/7");
    assert_eq!(control(&world, "DELETE", &path, None).await.status, 204);
    assert_eq!(world.get("/v1/check-groups/7").await.status, 404);
    let path = format!("/accounts/{ACCOUNT}");
    assert_eq!(control(&world, "DELETE", &path, None).await.status, 204);
    assert_eq!(world.get("/v1/variables").await.status, 403);
}

#[tokio::test]
async fn settings_change_while_it_runs() {
    let world = World::new();
    let latency = json!({"ms": 1});
    assert_eq!(control(&world, "PUT", "/latency", Some(latency)).await.status, 204);
    let wanted = json!({"retry_after": {"seconds": 9}});
    assert_eq!(control(&world, "PUT", "/behaviour", Some(wanted)).await.status, 204);
    let shown = control(&world, "GET", "/behaviour", None).await;
    assert_eq!(shown.json["retry_after"], json!({"seconds": 9}));
    assert_eq!(shown.json["refuse_empty_on_create"], true);
    let rate = json!({"rate": "1/60s"});
    assert_eq!(control(&world, "PUT", "/rate-limit", Some(rate)).await.status, 204);
    assert_eq!(world.get("/v1/variables").await.status, 200);
    assert_eq!(world.get("/v1/variables").await.headers["retry-after"], "9");
    let off = json!({"rate": null});
    assert_eq!(control(&world, "PUT", "/rate-limit", Some(off)).await.status, 204);
    assert_eq!(world.get("/v1/variables").await.status, 200);
    let wrong = json!({"rate": "often"});
    assert_eq!(control(&world, "PUT", "/rate-limit", Some(wrong)).await.status, 400);
    let rate = json!({"rate": 1.0});
    assert_eq!(control(&world, "PUT", "/fail-rate", Some(rate)).await.status, 204);
    assert!(world.get("/v1/variables").await.status.is_server_error());
    let rate = json!({"rate": 2.0});
    assert_eq!(control(&world, "PUT", "/fail-rate", Some(rate)).await.status, 400);
}
