//! Section 1: authentication, account header, roles.

use http::Request;
use serde_json::json;

use crate::world::{ACCOUNT, KEY, OTHER, READ_ONLY, READ_RUN, SERVICE, World, assert_error};
use keyferry_checkly_sim::Role;

#[tokio::test]
async fn every_call_needs_a_bearer_key() {
    let world = World::new();
    let bare = Request::get("/v1/variables").body(axum::body::Body::empty()).unwrap();
    assert_error(&world.send(bare).await, 401, "Unauthorized");
    let basic =
        Request::get("/v1/variables").header("authorization", format!("Basic {KEY}")).body(axum::body::Body::empty()).unwrap();
    assert_error(&world.send(basic).await, 401, "Unauthorized");
}

#[tokio::test]
async fn unknown_revoked_and_old_keys_are_refused() {
    let world = World::new();
    world.sim.add_key("sk_old", Role::Owner, &[ACCOUNT]);
    world.sim.add_key("cu_gone", Role::Owner, &[ACCOUNT]);
    assert!(world.sim.revoke_key("cu_gone"));
    assert!(!world.sim.revoke_key("cu_never"));
    for key in ["cu_nobody", "sk_old", "cu_gone", ""] {
        let answer = world.call_as(key, Some(ACCOUNT), "GET", "/v1/variables", None).await;
        assert_error(&answer, 401, "Unauthorized");
        assert_eq!(answer.json["message"], "Bad Token");
    }
}

#[tokio::test]
async fn accounts_and_groups_add_attributes_to_a_401() {
    let world = World::new();
    for path in ["/v1/accounts", "/v1/accounts/me", "/v1/check-groups"] {
        let answer = world.call_as("cu_nobody", Some(ACCOUNT), "GET", path, None).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.json["message"], "Bad Token");
        assert!(answer.json["attributes"].is_object(), "{path}");
    }
}

#[tokio::test]
async fn user_key_needs_the_account_header() {
    let world = World::new();
    let without = world.call_as(KEY, None, "GET", "/v1/variables", None).await;
    assert_error(&without, 401, "Unauthorized");
    for status in [400, 403, 404] {
        world.sim.configure(|behaviour| behaviour.missing_account_status = status);
        let answer = world.call_as(KEY, None, "GET", "/v1/variables", None).await;
        assert_eq!(answer.status.as_u16(), status);
    }
}

#[tokio::test]
async fn service_key_needs_no_header_but_only_its_own_is_right() {
    let world = World::new();
    assert_eq!(world.call_as(SERVICE, None, "GET", "/v1/variables", None).await.status, 200);
    let own = world.call_as(SERVICE, Some(ACCOUNT), "GET", "/v1/variables", None).await;
    assert_eq!(own.status, 200);
    let foreign = world.call_as(SERVICE, Some(OTHER), "GET", "/v1/variables", None).await;
    assert_error(&foreign, 403, "Forbidden");
}

#[tokio::test]
async fn account_header_must_be_a_uuid_in_any_case() {
    let world = World::new();
    let wrong = world.call_as(KEY, Some("acme"), "GET", "/v1/variables", None).await;
    assert_error(&wrong, 400, "Bad Request");
    let upper = ACCOUNT.to_uppercase();
    assert_eq!(world.call_as(KEY, Some(&upper), "GET", "/v1/variables", None).await.status, 200);
}

#[tokio::test]
async fn foreign_and_vanished_accounts_take_the_configured_status() {
    let world = World::new();
    let foreign = world.call_as(KEY, Some(OTHER), "GET", "/v1/variables", None).await;
    assert_error(&foreign, 403, "Forbidden");
    assert!(world.sim.remove_account(ACCOUNT));
    assert!(!world.sim.remove_account(ACCOUNT));
    for (status, error) in [(401, "Unauthorized"), (403, "Forbidden"), (404, "Not Found")] {
        world.sim.configure(|behaviour| behaviour.unreachable_account_status = status);
        assert_error(&world.get("/v1/variables").await, status, error);
    }
}

#[tokio::test]
async fn low_roles_read_but_do_not_write() {
    let world = World::new();
    world.fill(1);
    for key in [READ_ONLY, READ_RUN] {
        for path in ["/v1/variables", "/v1/variables/K000", "/v1/accounts/me", "/v1/check-groups"] {
            let answer = world.call_as(key, Some(ACCOUNT), "GET", path, None).await;
            assert_eq!(answer.status, 200, "{path}");
        }
        let writes = [
            ("POST", "/v1/variables", Some(json!({"key": "N", "value": "v"}))),
            ("PUT", "/v1/variables/K000", Some(json!({"value": "w"}))),
            ("DELETE", "/v1/variables/K000", None),
            ("POST", "/v1/check-groups", Some(json!({"name": "g"}))),
            ("PUT", "/v1/check-groups/1", Some(json!({}))),
            ("PUT", "/v2/check-groups/1", Some(json!({"name": "g"}))),
            ("DELETE", "/v1/check-groups/1", None),
        ];
        for (method, path, body) in writes {
            let answer = world.call_as(key, Some(ACCOUNT), method, path, body).await;
            assert_error(&answer, 403, "Forbidden");
        }
    }
    assert_eq!(world.sim.variables(ACCOUNT)[0].value, "v");
    assert_eq!(world.sim.variables(ACCOUNT).len(), 1);
}

#[tokio::test]
async fn high_roles_write_and_roles_change_while_it_runs() {
    let world = World::new();
    for (index, role) in [Role::ReadWrite, Role::Admin, Role::Owner].into_iter().enumerate() {
        assert!(world.sim.set_role(KEY, role));
        let body = json!({"key": format!("N{index}"), "value": "v"});
        assert_eq!(world.call("POST", "/v1/variables", Some(body)).await.status, 201);
    }
    assert!(world.sim.set_role(KEY, Role::ReadOnly));
    let refused = world.call("DELETE", "/v1/variables/N0", None).await;
    assert_error(&refused, 403, "Forbidden");
}

#[tokio::test]
async fn locked_values_can_be_withheld_from_low_roles() {
    let world = World::new();
    world.sim.set_variable(ACCOUNT, "L", "seen", false, true);
    let path = "/v1/variables/L";
    let by_default = world.call_as(READ_ONLY, Some(ACCOUNT), "GET", path, None).await;
    assert_eq!(by_default.json["value"], "seen");
    world.sim.configure(|behaviour| behaviour.withhold_locked = true);
    let withheld = world.call_as(READ_ONLY, Some(ACCOUNT), "GET", path, None).await;
    assert!(withheld.json["value"].is_null());
    assert_eq!(world.get(path).await.json["value"], "seen");
}
