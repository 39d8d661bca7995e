//! The faults that need no socket.

use keyferry_checkly_sim::{ErrorBody, Fault, FaultEffect, Group, RetryAfter, Role};
use serde_json::{Value, json};

use crate::world::{ACCOUNT, World, assert_error, keys};

fn status(status: u16, body: ErrorBody) -> FaultEffect {
    FaultEffect::Status { status, body, apply: false }
}

#[tokio::test]
async fn a_401_or_403_in_the_middle() {
    for (code, error) in [(401, "Unauthorized"), (403, "Forbidden")] {
        let world = World::new();
        let fault = Fault::new(status(code, ErrorBody::Json)).on_method("POST").nth(2).times(1);
        world.sim.push_fault(fault);
        let body = |number: u32| Some(json!({"key": format!("K{number}"), "value": "v"}));
        assert_eq!(world.call("POST", "/v1/variables", body(1)).await.status, 201);
        assert_eq!(world.get("/v1/variables").await.status, 200);
        assert_error(&world.call("POST", "/v1/variables", body(2)).await, code, error);
        assert_eq!(world.call("POST", "/v1/variables", body(3)).await.status, 201);
        assert_eq!(keys(&world.get("/v1/variables").await.json), ["K1", "K3"]);
        let faults: Vec<_> = world.sim.log().into_iter().map(|call| call.fault).collect();
        assert_eq!(faults, [None, None, Some("status".to_owned()), None, None]);
    }
}

#[tokio::test]
async fn every_error_shape() {
    let world = World::new();
    let mut texts = Vec::new();
    for body in [ErrorBody::Html, ErrorBody::ErrorOnly, ErrorBody::MessageAndCode, ErrorBody::BareString, ErrorBody::Empty] {
        world.sim.set_faults(vec![Fault::new(status(503, body))]);
        let answer = world.get("/v1/variables").await;
        assert_eq!(answer.status, 503);
        texts.push(answer.text);
    }
    assert!(texts[0].starts_with("<html>") && texts[0].contains("503 Service Unavailable"));
    assert_eq!(texts[1], r#"{"error":"Service Unavailable"}"#);
    assert_eq!(texts[2], r#"{"message":"Service Unavailable","errorCode":"SERVICE_UNAVAILABLE"}"#);
    assert_eq!(texts[3], r#""Service Unavailable""#);
    assert_eq!(texts[4], "");
}

#[tokio::test]
async fn a_status_may_hide_that_the_call_took_effect() {
    let world = World::new();
    let effect = FaultEffect::Status { status: 504, body: ErrorBody::Html, apply: true };
    world.sim.push_fault(Fault::new(effect).times(1));
    let body = Some(json!({"key": "A", "value": "v"}));
    assert_eq!(world.call("POST", "/v1/variables", body.clone()).await.status, 504);
    assert_error(&world.call("POST", "/v1/variables", body).await, 409, "Conflict");
}

#[tokio::test]
async fn rate_limit_answers_in_three_forms_for_n_calls_and_for_ever() {
    let world = World::new();
    let forms = [(RetryAfter::None, None), (RetryAfter::Seconds(2), Some("2"))];
    for (retry_after, header) in forms {
        let fault = Fault::new(FaultEffect::RateLimited { retry_after }).times(2);
        world.sim.set_faults(vec![fault]);
        for _ in 0..2 {
            let answer = world.get("/v1/variables").await;
            assert_error(&answer, 429, "Too Many Requests");
            assert_eq!(answer.headers.get("retry-after").map(|v| v.to_str().unwrap()), header);
        }
        assert_eq!(world.get("/v1/variables").await.status, 200);
    }
    let forever = FaultEffect::RateLimited { retry_after: RetryAfter::Date(1) };
    world.sim.set_faults(vec![Fault::new(forever)]);
    for _ in 0..5 {
        let answer = world.get("/v1/variables").await;
        assert_eq!(answer.status, 429);
        assert!(answer.headers.contains_key("retry-after"));
    }
    world.sim.set_faults(Vec::new());
    assert_eq!(world.get("/v1/variables").await.status, 200);
}

#[tokio::test]
async fn keys_and_roles_change_between_calls() {
    let world = World::new();
    world.sim.push_fault(Fault::new(FaultEffect::SetRole { role: Role::ReadOnly }).nth(2).times(1));
    world.sim.push_fault(Fault::new(FaultEffect::RevokeKey).nth(3).times(1));
    let body = |key: &str| Some(json!({"key": key, "value": "v"}));
    assert_eq!(world.call("POST", "/v1/variables", body("A")).await.status, 201);
    assert_error(&world.call("POST", "/v1/variables", body("B")).await, 403, "Forbidden");
    assert_error(&world.call("POST", "/v1/variables", body("C")).await, 401, "Unauthorized");
}

#[tokio::test]
async fn account_and_group_vanish() {
    let world = World::new();
    world.sim.add_group(ACCOUNT, Group { id: 7, name: "G".into(), ..Group::default() });
    let gone = Fault::new(FaultEffect::RemoveGroup).on_method("PUT");
    world.sim.push_fault(gone);
    world.sim.push_fault(Fault::new(FaultEffect::RemoveAccount).on_path("/v1/variables"));
    assert_eq!(world.get("/v1/check-groups/7").await.status, 200);
    let update = world.call("PUT", "/v2/check-groups/7", Some(json!({"name": "G"}))).await;
    assert_error(&update, 404, "Not Found");
    assert!(world.sim.group(ACCOUNT, 7).is_none());
    assert_error(&world.get("/v1/variables").await, 403, "Forbidden");
}

#[tokio::test]
async fn somebody_edits_between_calls() {
    let world = World::new();
    world.fill(1);
    let edit = FaultEffect::EditVariable { key: "NEW".into(), value: "theirs".into(), secret: false, locked: false };
    let delete = FaultEffect::DeleteVariable { key: "K000".into() };
    world.sim.push_fault(Fault::new(edit).on_method("POST").times(1));
    world.sim.push_fault(Fault::new(delete).on_method("PUT").times(1));
    let created = world.call("POST", "/v1/variables", Some(json!({"key": "NEW", "value": "ours"}))).await;
    assert_error(&created, 409, "Conflict");
    let updated = world.call("PUT", "/v1/variables/K000", Some(json!({"value": "v"}))).await;
    assert_error(&updated, 404, "Not Found");
    assert_eq!(world.sim.variables(ACCOUNT)[0].value, "theirs");
}

#[tokio::test]
async fn lists_lie() {
    let world = World::new();
    world.fill(6);
    let page = |number: u32| format!("/v1/variables?limit=3&page={number}");
    world.sim.set_faults(vec![Fault::new(FaultEffect::RepeatKeys { by: 1 })]);
    assert_eq!(keys(&world.get(&page(1)).await.json), ["K000", "K001", "K002"]);
    assert_eq!(keys(&world.get(&page(2)).await.json), ["K002", "K003", "K004"]);
    world.sim.set_faults(vec![Fault::new(FaultEffect::DropKeys { by: 2 })]);
    assert_eq!(keys(&world.get(&page(2)).await.json), ["K005"]);
    world.sim.set_faults(vec![Fault::new(FaultEffect::EmptyList)]);
    let empty = world.get(&page(1)).await;
    assert_eq!((empty.status.as_u16(), empty.text.as_str()), (200, "[]"));
}

#[tokio::test]
async fn wrong_content_type_and_nonsense() {
    let world = World::new();
    world.fill(1);
    let wrong = FaultEffect::WrongContentType { content_type: None };
    world.sim.set_faults(vec![Fault::new(wrong)]);
    let answer = world.get("/v1/variables").await;
    assert_eq!(answer.headers["content-type"], "text/html");
    assert_eq!(keys(&answer.json), ["K000"]);
    world.sim.set_faults(vec![Fault::new(FaultEffect::Nonsense { body: None })]);
    let answer = world.call("DELETE", "/v1/variables/K000", None).await;
    assert_eq!(answer.status, 200);
    assert!(answer.json.is_object());
    assert_eq!(world.sim.variables(ACCOUNT).len(), 1);
}

#[tokio::test]
async fn a_redirect_has_no_effect_and_a_slow_answer_has() {
    let world = World::new();
    let redirect = FaultEffect::Redirect { status: None, location: "http://127.0.0.1:1/elsewhere".into() };
    world.sim.set_faults(vec![Fault::new(redirect)]);
    let body = Some(json!({"key": "A", "value": "v"}));
    let answer = world.call("POST", "/v1/variables", body.clone()).await;
    assert_eq!((answer.status.as_u16(), answer.headers["location"].to_str().unwrap()), (307, "http://127.0.0.1:1/elsewhere"));
    assert!(world.sim.variables(ACCOUNT).is_empty());
    world.sim.set_faults(vec![Fault::new(FaultEffect::Drip { ms: 0 })]);
    assert_eq!(world.call("POST", "/v1/variables", body).await.json["key"], "A");
}

#[tokio::test]
async fn an_echo_repeats_what_was_sent() {
    let world = World::new();
    world.fill(1);
    world.sim.push_fault(Fault::new(FaultEffect::EchoValue));
    let answer = world.call("PUT", "/v1/variables/K000", Some(json!({"key": "K000", "value": "a \"b\""}))).await;
    assert_error(&answer, 400, "Bad Request");
    assert!(answer.json["message"].as_str().unwrap().contains("(a \"b\")"), "{}", answer.text);
    assert_eq!(world.get("/v1/variables").await.status, 200, "reads pass");
}

#[tokio::test]
async fn somebody_edits_a_group_between_calls() {
    let world = World::new();
    world.sim.add_group(ACCOUNT, Group { id: 7, name: "G".into(), ..Group::default() });
    let edit =
        |value: &str| FaultEffect::EditGroupVariable { key: "A".into(), value: value.into(), secret: false, locked: false };
    world.sim.set_faults(vec![Fault::new(edit("one")).times(1), Fault::new(edit("two")).nth(2).times(1)]);
    let value = |answer: &Value| answer["environmentVariables"][0]["value"].clone();
    assert_eq!(value(&world.get("/v1/check-groups/7").await.json), "one");
    assert_eq!(value(&world.get("/v1/check-groups/7").await.json), "two");
    world.sim.set_faults(vec![Fault::new(FaultEffect::DeleteGroupVariable { key: "A".into() })]);
    assert_eq!(world.get("/v1/check-groups/7").await.json["environmentVariables"], json!([]));
}

#[tokio::test]
async fn one_bad_key_among_good_ones() {
    let world = World::new();
    world.sim.add_group(ACCOUNT, Group { id: 7, name: "G".into(), ..Group::default() });
    world.sim.push_fault(Fault::new(FaultEffect::RefuseValue).on_key("BAD"));
    let body = |key: &str| Some(json!({"key": key, "value": "v"}));
    assert_eq!(world.call("POST", "/v1/variables", body("GOOD")).await.status, 201);
    assert_error(&world.call("POST", "/v1/variables", body("BAD")).await, 400, "Bad Request");
    world.sim.set_variable(ACCOUNT, "BAD", "old", false, false);
    let update = world.call("PUT", "/v1/variables/BAD", Some(json!({"value": "v"}))).await;
    assert_error(&update, 400, "Bad Request");
    assert_eq!(world.get("/v1/variables/BAD").await.status, 200);
    assert_eq!(world.call("DELETE", "/v1/variables/BAD", None).await.status, 204);
    let group = json!({"environmentVariables": [{"key": "BAD", "value": "v"}]});
    assert_eq!(world.call("PUT", "/v1/check-groups/7", Some(group)).await.status, 400);
}

#[tokio::test]
async fn random_failures_follow_the_rate_and_the_seed() {
    let statuses = |rng_seed: u64| async move {
        let config = keyferry_checkly_sim::SimConfig { fail_rate: 0.5, rng_seed, ..keyferry_checkly_sim::SimConfig::default() };
        let world = World { sim: keyferry_checkly_sim::SimHandle::new(&config).unwrap() };
        let mut statuses = Vec::new();
        for _ in 0..64 {
            statuses.push(world.get("/v1/nothing").await.status.as_u16());
        }
        statuses
    };
    let first = statuses(1).await;
    assert_eq!(first, statuses(1).await);
    assert_ne!(first, statuses(2).await);
    assert!(first.contains(&404) && first.iter().any(|status| *status >= 500));
    assert!(World::new().sim.set_fail_rate(1.5).is_err());
}

#[test]
fn faults_read_from_json_and_refuse_unknown_members() {
    let read = serde_json::from_value::<Fault>;
    let fault = read(json!({
        "matcher": {"method": "PUT", "path_prefix": "/v1/variables", "nth": 3, "count": 1},
        "effect": {"type": "status", "status": 502, "body": "html"},
    }));
    let wanted = Fault::new(status(502, ErrorBody::Html)).on_method("PUT").on_path("/v1/variables");
    assert_eq!(fault.unwrap(), wanted.nth(3).times(1));
    let limited: Value = json!({"effect": {"type": "rate_limited", "retry_after": {"seconds": 3}}});
    let wanted = FaultEffect::RateLimited { retry_after: RetryAfter::Seconds(3) };
    assert_eq!(read(limited).unwrap(), Fault::new(wanted));
    assert!(read(json!({"effect": {"type": "explode"}})).is_err());
    assert!(read(json!({"matcher": {"verb": "PUT"}, "effect": {"type": "truncate"}})).is_err());
}
