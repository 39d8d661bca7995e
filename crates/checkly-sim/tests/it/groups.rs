//! Section 4: check groups.

use keyferry_checkly_sim::{BlankGroupSecret, Group, GroupSecretRead, Variable};
use serde_json::{Value, json};

use crate::world::{ACCOUNT, Answer, World, assert_error};

fn variable(key: &str, value: &str, secret: bool) -> Variable {
    Variable { key: key.into(), value: value.into(), secret, locked: secret }
}

fn world_with_group() -> World {
    let world = World::new();
    let settings = json!({"activated": false, "tags": ["eu", "prod"], "locations": ["eu-west-1"]});
    assert!(world.sim.add_group(
        ACCOUNT,
        Group {
            id: 7,
            name: "Checkout".into(),
            variables: vec![variable("PLAIN", "p", false), variable("HIDDEN", "h", true)],
            settings: settings.as_object().unwrap().clone(),
            ..Group::default()
        }
    ));
    world
}

fn stored(world: &World) -> Group {
    world.sim.group(ACCOUNT, 7).unwrap()
}

fn assert_invalid(answer: &Answer, member: &str) {
    assert_eq!(answer.status, 400, "{}", answer.text);
    assert_eq!(answer.json["error"], "Bad Request");
    assert_eq!(answer.json["validation"], json!({"source": "payload", "keys": [member]}));
}

#[tokio::test]
async fn group_reads_with_all_writable_members_and_empty_secrets() {
    let world = world_with_group();
    let answer = world.get("/v1/check-groups/7").await;
    assert_eq!(answer.status, 200);
    for member in [
        "name",
        "activated",
        "muted",
        "tags",
        "locations",
        "concurrency",
        "apiCheckDefaults",
        "browserCheckDefaults",
        "runtimeId",
        "environmentVariables",
        "doubleCheck",
        "useGlobalAlertSettings",
        "alertSettings",
        "alertChannelSubscriptions",
        "setupSnippetId",
        "tearDownSnippetId",
        "localSetupScript",
        "localTearDownScript",
        "privateLocations",
        "runParallel",
        "retryStrategy",
        "id",
        "created_at",
        "updated_at",
        "projectBindings",
    ] {
        assert!(answer.json.get(member).is_some(), "{member}");
    }
    assert_eq!(answer.json["activated"], false);
    assert_eq!(answer.json["projectBindings"]["owner"], Value::Null);
    assert_eq!(
        answer.json["environmentVariables"],
        json!([
            {"key": "PLAIN", "value": "p", "locked": false, "secret": false},
            {"key": "HIDDEN", "value": "", "locked": true, "secret": true},
        ])
    );
}

#[tokio::test]
async fn secret_may_read_as_null_or_be_missing() {
    let world = world_with_group();
    world.sim.configure(|behaviour| behaviour.group_secret_read = GroupSecretRead::Null);
    let read = world.get("/v1/check-groups/7").await;
    assert_eq!(read.json["environmentVariables"][1].get("value"), Some(&Value::Null));
    world.sim.configure(|behaviour| behaviour.group_secret_read = GroupSecretRead::Absent);
    let read = world.get("/v1/check-groups/7").await;
    assert_eq!(read.json["environmentVariables"][1].get("value"), None);
}

#[tokio::test]
async fn group_without_variables_reads_empty_or_null() {
    let world = World::new();
    world.sim.add_group(ACCOUNT, Group { id: 7, name: "Bare".into(), ..Group::default() });
    let read = world.get("/v1/check-groups/7").await;
    assert_eq!(read.json["environmentVariables"], json!([]));
    world.sim.configure(|behaviour| behaviour.empty_group_variables_null = true);
    let read = world.get("/v1/check-groups/7").await;
    assert_eq!(read.json.get("environmentVariables"), Some(&Value::Null));
}

#[tokio::test]
async fn missing_groups_and_v2_reads_are_404() {
    let world = world_with_group();
    for path in ["/v1/check-groups/8", "/v1/check-groups/0", "/v1/check-groups/x"] {
        assert_error(&world.get(path).await, 404, "Not Found");
    }
    for path in ["/v2/check-groups", "/v2/check-groups/7"] {
        assert_error(&world.get(path).await, 404, "Not Found");
    }
    let update = world.call("PUT", "/v2/check-groups/8", Some(json!({"name": "x"}))).await;
    assert_error(&update, 404, "Not Found");
}

#[tokio::test]
async fn list_pages_and_filters_by_tag_and_name() {
    let world = world_with_group();
    for id in 20..32 {
        world.sim.add_group(ACCOUNT, Group { id, name: format!("G{id}"), ..Group::default() });
    }
    assert_eq!(world.get("/v1/check-groups").await.json.as_array().unwrap().len(), 10);
    let second = world.get("/v1/check-groups?limit=10&page=2").await;
    assert_eq!(second.json.as_array().unwrap().len(), 3);
    let ids =
        |answer: &Answer| -> Vec<u64> { answer.json.as_array().unwrap().iter().map(|row| row["id"].as_u64().unwrap()).collect() };
    assert_eq!(ids(&world.get("/v1/check-groups?tag=none&tag=prod").await), [7]);
    assert_eq!(ids(&world.get("/v1/check-groups?name=G20&name=G31").await), [20, 31]);
    assert_eq!(world.get("/v1/check-groups?limit=101").await.status, 400);
}

#[tokio::test]
async fn put_replaces_the_whole_variable_list() {
    let world = world_with_group();
    for (path, body) in [
        ("/v1/check-groups/7", json!({"environmentVariables": [{"key": "A", "value": "1"}]})),
        (
            "/v2/check-groups/7",
            json!({"name": "Checkout", "environmentVariables": [
                {"key": "B", "value": "2", "secret": true, "locked": true},
            ]}),
        ),
    ] {
        let answer = world.call("PUT", path, Some(body)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.json["environmentVariables"].as_array().unwrap().len(), 1);
    }
    assert_eq!(stored(&world).variables, [variable("B", "2", true)]);
    let answer = world.get("/v1/check-groups/7").await;
    assert_eq!(answer.json["environmentVariables"][0]["value"], "");
}

#[tokio::test]
async fn null_and_empty_list_clear_the_variables() {
    for list in [json!(null), json!([])] {
        let world = world_with_group();
        let body = json!({"environmentVariables": list});
        assert_eq!(world.call("PUT", "/v1/check-groups/7", Some(body)).await.status, 200);
        assert!(stored(&world).variables.is_empty());
    }
}

#[tokio::test]
async fn at_most_200_variables() {
    let world = world_with_group();
    let list =
        |count: usize| -> Vec<Value> { (0..count).map(|number| json!({"key": format!("K{number}"), "value": "v"})).collect() };
    let body = json!({"environmentVariables": list(200)});
    assert_eq!(world.call("PUT", "/v1/check-groups/7", Some(body)).await.status, 200);
    let body = json!({"environmentVariables": list(201)});
    let answer = world.call("PUT", "/v1/check-groups/7", Some(body)).await;
    assert_invalid(&answer, "environmentVariables");
    assert_eq!(stored(&world).variables.len(), 200);
}

#[tokio::test]
async fn bad_bodies_are_400_with_a_validation_block() {
    let world = world_with_group();
    let bad = [
        (json!({"environmentVariables": {}}), "environmentVariables"),
        (json!({"environmentVariables": [1]}), "environmentVariables"),
        (json!({"environmentVariables": [{"key": "A"}]}), "environmentVariables"),
        (json!({"environmentVariables": [{"key": "A", "value": null}]}), "environmentVariables"),
        (json!({"environmentVariables": [{"key": "", "value": "v"}]}), "environmentVariables"),
        (json!({"environmentVariables": [{"key": "A", "value": "v", "secret": 1}]}), "environmentVariables"),
        (json!({"activated": "yes"}), "activated"),
        (json!({"locations": "eu-west-1"}), "locations"),
        (json!({"concurrency": 0}), "concurrency"),
        (json!({"name": ""}), "name"),
    ];
    for (body, member) in bad {
        assert_invalid(&world.call("PUT", "/v1/check-groups/7", Some(body)).await, member);
    }
    assert_eq!(stored(&world).variables.len(), 2);
    assert_eq!(stored(&world).name, "Checkout");
}

#[tokio::test]
async fn v2_requires_the_name_and_v1_nothing() {
    let world = world_with_group();
    assert_eq!(world.call("PUT", "/v1/check-groups/7", Some(json!({}))).await.status, 200);
    let list = json!({"environmentVariables": []});
    assert_invalid(&world.call("PUT", "/v2/check-groups/7", Some(list)).await, "name");
    let named = json!({"name": "Renamed"});
    assert_eq!(world.call("PUT", "/v2/check-groups/7", Some(named)).await.status, 200);
    assert_eq!(stored(&world).name, "Renamed");
}

#[tokio::test]
async fn omitted_and_null_members_are_kept_under_the_first_reading() {
    let world = world_with_group();
    let body = json!({"name": "Checkout", "tags": null});
    let answer = world.call("PUT", "/v2/check-groups/7", Some(body)).await;
    assert_eq!(answer.json["activated"], false);
    assert_eq!(answer.json["tags"], json!(["eu", "prod"]));
    assert_eq!(answer.json["locations"], json!(["eu-west-1"]));
    assert_eq!(stored(&world).variables.len(), 2);
}

#[tokio::test]
async fn omitted_members_are_reset_under_the_second_reading() {
    let world = world_with_group();
    world.sim.configure(|behaviour| behaviour.put_resets_omitted = true);
    let answer = world.call("PUT", "/v2/check-groups/7", Some(json!({"name": "Checkout"}))).await;
    assert_eq!(answer.json["activated"], true);
    assert_eq!(answer.json["locations"], json!([]));
    assert_eq!(answer.json["retryStrategy"], "FALLBACK");
    assert!(stored(&world).variables.is_empty());
}

#[tokio::test]
async fn a_full_body_is_right_under_both_readings() {
    for resets in [false, true] {
        let world = world_with_group();
        world.sim.configure(|behaviour| behaviour.put_resets_omitted = resets);
        let before = stored(&world);
        let mut body = world.get("/v1/check-groups/7").await.json;
        body["environmentVariables"] = json!([{"key": "N", "value": "n"}]);
        let path = "/v2/check-groups/7?autoAssignAlerts=false";
        assert_eq!(world.call("PUT", path, Some(body)).await.status, 200);
        let after = stored(&world);
        assert_eq!(after.settings, before.settings);
        assert_eq!(after.variables, [variable("N", "n", false)]);
        assert!(after.updated_at_ms > before.updated_at_ms);
    }
}

#[tokio::test]
async fn unknown_and_read_only_members_are_tolerated() {
    let world = world_with_group();
    let body = json!({"id": 99, "createdAt": "x", "updatedAt": "y", "surprise": 1});
    assert_eq!(world.call("PUT", "/v1/check-groups/7", Some(body)).await.status, 200);
    assert_eq!(stored(&world).id, 7);
}

#[tokio::test]
async fn alerts_are_assigned_unless_switched_off() {
    let world = world_with_group();
    let path = "/v1/check-groups/7?autoAssignAlerts=false";
    let quiet = world.call("PUT", path, Some(json!({}))).await;
    assert_eq!(quiet.json["alertChannelSubscriptions"], json!([]));
    assert!(!stored(&world).alerts_auto_assigned);
    let path = "/v1/check-groups/7?autoAssignAlerts=maybe";
    assert_eq!(world.call("PUT", path, Some(json!({}))).await.status, 400);
    let loud = world.call("PUT", "/v1/check-groups/7", Some(json!({}))).await;
    assert_eq!(loud.json["alertChannelSubscriptions"].as_array().unwrap().len(), 1);
    assert!(stored(&world).alerts_auto_assigned);
}

#[tokio::test]
async fn blank_secret_sent_back_takes_the_configured_reading() {
    let body = json!({"environmentVariables": [{"key": "HIDDEN", "value": "", "secret": true}]});
    for (blank, status, value) in
        [(BlankGroupSecret::Blank, 200, ""), (BlankGroupSecret::Keep, 200, "h"), (BlankGroupSecret::Refuse, 400, "h")]
    {
        let world = world_with_group();
        world.sim.configure(|behaviour| behaviour.blank_group_secret = blank);
        let answer = world.call("PUT", "/v1/check-groups/7", Some(body.clone())).await;
        assert_eq!(answer.status.as_u16(), status);
        let group = stored(&world);
        let hidden = group.variables.iter().find(|row| row.key == "HIDDEN").unwrap();
        assert_eq!(hidden.value, value);
    }
}

#[tokio::test]
async fn groups_are_created_and_deleted_unless_they_hold_checks() {
    let world = World::new();
    for path in ["/v1/check-groups", "/v2/check-groups?autoAssignAlerts=false"] {
        let body = json!({"name": "New", "muted": true});
        let answer = world.call("POST", path, Some(body)).await;
        assert_eq!(answer.status, 201);
        assert_eq!(answer.json["muted"], true);
        let id = answer.json["id"].as_u64().unwrap();
        assert_eq!(world.get(&format!("/v1/check-groups/{id}")).await.json["name"], "New");
    }
    assert_eq!(world.call("POST", "/v2/check-groups", Some(json!({}))).await.status, 400);
    let mut group = world.sim.group(ACCOUNT, 1).unwrap();
    group.checks = vec!["check-1".into()];
    world.sim.add_group(ACCOUNT, group);
    assert_error(&world.call("DELETE", "/v1/check-groups/1", None).await, 409, "Conflict");
    assert_eq!(world.call("DELETE", "/v1/check-groups/2", None).await.status, 204);
    assert_error(&world.get("/v1/check-groups/2").await, 404, "Not Found");
}

#[tokio::test]
async fn project_owner_is_shown() {
    let world = World::new();
    let owner = json!({"logicalId": "checkout"});
    let group = Group { id: 7, name: "G".into(), project_owner: Some(owner.clone()), ..Group::default() };
    world.sim.add_group(ACCOUNT, group);
    assert_eq!(world.get("/v1/check-groups/7").await.json["projectBindings"]["owner"], owner);
}
