//! Section 3: account variables.

use keyferry_checkly_sim::{SecretDowngrade, Variable};
use serde_json::{Value, json};

use crate::world::{ACCOUNT, World, assert_error, keys};

fn variable(key: &str, value: &str, secret: bool, locked: bool) -> Variable {
    Variable { key: key.into(), value: value.into(), secret, locked }
}

#[tokio::test]
async fn create_answers_201_with_defaults_and_stores() {
    let world = World::new();
    let body = json!({"key": "TOKEN", "value": "t"});
    let answer = world.call("POST", "/v1/variables", Some(body)).await;
    assert_eq!(answer.status, 201);
    let shown = json!({"key": "TOKEN", "value": "t", "locked": false, "secret": false});
    assert_eq!(answer.json, shown);
    assert_eq!(world.get("/v1/variables/TOKEN").await.json, shown);
    assert_eq!(world.sim.variables(ACCOUNT), [variable("TOKEN", "t", false, false)]);
}

#[tokio::test]
async fn writes_echo_a_secret_and_reads_give_null() {
    let world = World::new();
    let body = json!({"key": "S", "value": "one", "secret": true, "locked": true});
    let created = world.call("POST", "/v1/variables", Some(body)).await;
    assert_eq!(created.json, json!({"key": "S", "value": "one", "locked": true, "secret": true}));
    let body = json!({"value": "two", "secret": true, "locked": true});
    let updated = world.call("PUT", "/v1/variables/S", Some(body)).await;
    assert_eq!(updated.status, 200);
    assert_eq!(updated.json["value"], "two");
    let hidden = json!({"key": "S", "value": null, "locked": true, "secret": true});
    assert_eq!(world.get("/v1/variables/S").await.json, hidden);
    assert_eq!(world.get("/v1/variables").await.json, json!([hidden]));
    assert_eq!(world.sim.variable(ACCOUNT, "S"), Some(variable("S", "two", true, true)));
}

#[tokio::test]
async fn duplicate_create_is_409_and_changes_nothing() {
    let world = World::new();
    world.sim.set_variable(ACCOUNT, "A", "old", true, true);
    let body = json!({"key": "A", "value": "new"});
    let answer = world.call("POST", "/v1/variables", Some(body)).await;
    assert_error(&answer, 409, "Conflict");
    assert_eq!(world.sim.variables(ACCOUNT), [variable("A", "old", true, true)]);
}

#[tokio::test]
async fn create_refuses_bad_bodies() {
    let world = World::new();
    let bad = [
        json!({}),
        json!({"key": "A"}),
        json!({"value": "v"}),
        json!({"key": "", "value": "v"}),
        json!({"key": 1, "value": "v"}),
        json!({"key": "A", "value": 1}),
        json!({"key": "A", "value": null}),
        json!({"key": "A", "value": true}),
        json!({"key": "A", "value": ""}),
        json!({"key": "A", "value": "v", "secret": "true"}),
        json!({"key": "A", "value": "v", "locked": 1}),
        json!([{"key": "A", "value": "v"}]),
    ];
    for body in bad {
        let answer = world.call("POST", "/v1/variables", Some(body.clone())).await;
        assert_error(&answer, 400, "Bad Request");
    }
    assert!(world.sim.variables(ACCOUNT).is_empty());
}

#[tokio::test]
async fn create_tolerates_other_members_and_may_allow_empty_values() {
    let world = World::new();
    let body = json!({"key": "A", "value": "v", "note": "x"});
    assert_eq!(world.call("POST", "/v1/variables", Some(body)).await.status, 201);
    world.sim.configure(|behaviour| behaviour.refuse_empty_on_create = false);
    let body = json!({"key": "E", "value": ""});
    assert_eq!(world.call("POST", "/v1/variables", Some(body)).await.status, 201);
}

#[tokio::test]
async fn update_refuses_bad_bodies_and_unknown_members() {
    let world = World::new();
    world.sim.set_variable(ACCOUNT, "A", "old", false, false);
    let bad = [
        json!({}),
        json!({"value": ""}),
        json!({"value": 7}),
        json!({"value": null}),
        json!({"value": "v", "note": "x"}),
        json!({"value": "v", "id": 1}),
        json!({"value": "v", "key": ""}),
        json!({"value": "v", "key": "B"}),
        json!({"value": "v", "secret": null}),
        json!("v"),
    ];
    for body in bad {
        let answer = world.call("PUT", "/v1/variables/A", Some(body)).await;
        assert_error(&answer, 400, "Bad Request");
    }
    assert_eq!(world.sim.variables(ACCOUNT), [variable("A", "old", false, false)]);
    let body = json!({"key": "A", "value": "v"});
    assert_eq!(world.call("PUT", "/v1/variables/A", Some(body)).await.status, 200);
}

#[tokio::test]
async fn update_without_locked_unlocks() {
    let world = World::new();
    world.sim.set_variable(ACCOUNT, "A", "old", false, true);
    let answer = world.call("PUT", "/v1/variables/A", Some(json!({"value": "v"}))).await;
    assert_eq!(answer.json["locked"], false);
    assert_eq!(world.sim.variables(ACCOUNT), [variable("A", "v", false, false)]);
}

#[tokio::test]
async fn secret_is_one_way() {
    let world = World::new();
    world.sim.set_variable(ACCOUNT, "A", "old", false, false);
    let body = json!({"value": "v", "secret": true});
    assert_eq!(world.call("PUT", "/v1/variables/A", Some(body)).await.status, 200);
    for body in [json!({"value": "w"}), json!({"value": "w", "secret": false})] {
        let answer = world.call("PUT", "/v1/variables/A", Some(body)).await;
        assert_error(&answer, 400, "Bad Request");
    }
    assert_eq!(world.sim.variables(ACCOUNT), [variable("A", "v", true, false)]);
    world.sim.configure(|behaviour| behaviour.secret_downgrade = SecretDowngrade::Ignore);
    let ignored = world.call("PUT", "/v1/variables/A", Some(json!({"value": "w"}))).await;
    assert_eq!(ignored.json["secret"], true);
    assert_eq!(world.sim.variables(ACCOUNT), [variable("A", "w", true, false)]);
}

#[tokio::test]
async fn delete_is_204_without_body_then_404() {
    let world = World::new();
    world.fill(2);
    let answer = world.call("DELETE", "/v1/variables/K000", None).await;
    assert_eq!(answer.status, 204);
    assert!(answer.text.is_empty());
    assert_error(&world.call("DELETE", "/v1/variables/K000", None).await, 404, "Not Found");
    assert_eq!(keys(&world.get("/v1/variables").await.json), ["K001"]);
}

#[tokio::test]
async fn missing_key_is_404_and_keys_are_case_sensitive() {
    let world = World::new();
    world.sim.set_variable(ACCOUNT, "Name", "v", false, false);
    assert_error(&world.get("/v1/variables/NAME").await, 404, "Not Found");
    let update = world.call("PUT", "/v1/variables/NAME", Some(json!({"value": "v"}))).await;
    assert_error(&update, 404, "Not Found");
    let body = json!({"key": "NAME", "value": "w"});
    assert_eq!(world.call("POST", "/v1/variables", Some(body)).await.status, 201);
    assert_eq!(world.sim.variables(ACCOUNT).len(), 2);
}

#[tokio::test]
async fn key_is_a_percent_encoded_segment() {
    let world = World::new();
    for (key, segment) in [
        ("a/b", "a%2Fb"),
        ("with space", "with%20space"),
        ("50%", "50%25"),
        ("q?x#y", "q%3Fx%23y"),
        ("clé", "cl%C3%A9"),
        ("a+b", "a%2Bb"),
    ] {
        let path = format!("/v1/variables/{segment}");
        let body = json!({"key": key, "value": "v"});
        assert_eq!(world.call("POST", "/v1/variables", Some(body)).await.status, 201);
        assert_eq!(world.get(&path).await.json["key"], key);
        let updated = world.call("PUT", &path, Some(json!({"value": "w"}))).await;
        assert_eq!(updated.json["value"], "w");
        assert_eq!(world.call("DELETE", &path, None).await.status, 204);
    }
    assert!(world.sim.variables(ACCOUNT).is_empty());
    let keys: Vec<_> = world.sim.log().into_iter().filter_map(|call| call.variable_key).collect();
    assert_eq!(keys[..5], ["a/b", "a/b", "a/b", "a/b", "with space"]);
}

#[tokio::test]
async fn there_is_no_bulk_route_no_patch_and_no_put_without_a_key() {
    let world = World::new();
    world.fill(1);
    let body = Some(json!({"key": "K000", "value": "v"}));
    for (method, path) in [
        ("PUT", "/v1/variables"),
        ("DELETE", "/v1/variables"),
        ("PATCH", "/v1/variables/K000"),
        ("POST", "/v1/variables/K000"),
        ("PUT", "/v1/variables/"),
        ("GET", "/v2/variables"),
        ("GET", "/v1/unknown"),
    ] {
        assert_error(&world.call(method, path, body.clone()).await, 404, "Not Found");
    }
}

#[tokio::test]
async fn values_keep_newlines_and_unicode() {
    let world = World::new();
    let value = "-----BEGIN-----\nzażółć\t\"gęślą\" \u{1F511}\r\n";
    let body = json!({"key": "PEM", "value": value});
    assert_eq!(world.call("POST", "/v1/variables", Some(body)).await.json["value"], value);
    assert_eq!(world.get("/v1/variables/PEM").await.json["value"], value);
}

#[tokio::test]
async fn pages_default_to_ten_and_end_with_a_short_one() {
    let world = World::new();
    world.fill(23);
    assert_eq!(keys(&world.get("/v1/variables").await.json).len(), 10);
    let sizes = [("page=1", 10), ("page=2", 10), ("page=3", 3), ("page=4", 0)];
    for (query, size) in sizes {
        let answer = world.get(&format!("/v1/variables?{query}")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json.as_array().unwrap().len(), size, "{query}");
    }
    let all = world.get("/v1/variables?limit=100&page=1").await;
    assert_eq!(keys(&all.json).len(), 23);
    let last = world.get("/v1/variables?limit=20&page=2").await;
    assert_eq!(keys(&last.json), ["K020", "K021", "K022"]);
    assert!(all.headers.get("link").is_none());
}

#[tokio::test]
async fn paging_out_of_range_is_400() {
    let world = World::new();
    for query in ["limit=0", "limit=101", "limit=-1", "limit=ten", "limit=", "limit=1.5", "page=0", "page=-1", "page=x"] {
        let answer = world.get(&format!("/v1/variables?{query}")).await;
        assert_error(&answer, 400, "Bad Request");
    }
    assert_eq!(world.get("/v1/variables?limit=1").await.json, Value::Array(Vec::new()));
}

#[tokio::test]
async fn old_accounts_may_list_a_key_twice() {
    let world = World::new();
    world.sim.set_variable(ACCOUNT, "A", "first", false, false);
    assert!(world.sim.add_duplicate(ACCOUNT, variable("A", "second", false, false)));
    assert_eq!(keys(&world.get("/v1/variables").await.json), ["A", "A"]);
    assert_eq!(world.call("DELETE", "/v1/variables/A", None).await.status, 204);
    assert_eq!(world.get("/v1/variables/A").await.json["value"], "second");
    assert_eq!(world.call("DELETE", "/v1/variables/A", None).await.status, 204);
    assert_error(&world.get("/v1/variables/A").await, 404, "Not Found");
}

#[tokio::test]
async fn accounts_do_not_share_variables() {
    let world = World::new();
    world.fill(1);
    world.sim.add_key("cu_both", keyferry_checkly_sim::Role::Admin, &[ACCOUNT, crate::world::OTHER]);
    let other = Some(crate::world::OTHER);
    let list = world.call_as("cu_both", other, "GET", "/v1/variables", None).await;
    assert_eq!(list.json, json!([]));
}
