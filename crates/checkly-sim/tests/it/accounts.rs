//! Section 2: accounts.

use keyferry_checkly_sim::{Account, Role};
use serde_json::json;

use crate::world::{ACCOUNT, KEY, OTHER, SERVICE, World, assert_error};

#[tokio::test]
async fn list_is_a_bare_array_of_reachable_accounts_without_header() {
    let world = World::new();
    let one = world.call_as(KEY, None, "GET", "/v1/accounts", None).await;
    assert_eq!(one.status, 200);
    assert_eq!(one.json, json!([{"id": ACCOUNT, "name": "Acme EU", "runtimeId": "2025.04"}]));
    world.sim.add_key("cu_both", Role::ReadOnly, &[ACCOUNT, OTHER]);
    let both = world.call_as("cu_both", None, "GET", "/v1/accounts", None).await;
    assert_eq!(both.json.as_array().unwrap().len(), 2);
    world.sim.remove_account(OTHER);
    let left = world.call_as("cu_both", None, "GET", "/v1/accounts", None).await;
    assert_eq!(left.json.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn list_ignores_paging() {
    let world = World::new();
    world.sim.add_key("cu_both", Role::ReadOnly, &[ACCOUNT, OTHER]);
    let answer = world.call_as("cu_both", None, "GET", "/v1/accounts?limit=1", None).await;
    assert_eq!(answer.json.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn me_is_the_account_of_header_or_service_key() {
    let world = World::new();
    assert_eq!(world.get("/v1/accounts/me").await.json["id"], ACCOUNT);
    let service = world.call_as(SERVICE, None, "GET", "/v1/accounts/me", None).await;
    assert_eq!(service.json["id"], ACCOUNT);
    world.sim.configure(|behaviour| behaviour.unreachable_account_status = 404);
    let foreign = world.call_as(KEY, Some(OTHER), "GET", "/v1/accounts/me", None).await;
    assert_error(&foreign, 404, "Not Found");
}

#[tokio::test]
async fn one_account_by_id_or_404() {
    let world = World::new();
    let path = format!("/v1/accounts/{ACCOUNT}");
    assert_eq!(world.call_as(KEY, None, "GET", &path, None).await.json["name"], "Acme EU");
    for id in [OTHER, "00000000-0000-4000-8000-000000000000", "acme"] {
        let path = format!("/v1/accounts/{id}");
        assert_error(&world.call_as(KEY, None, "GET", &path, None).await, 404, "Not Found");
    }
}

#[tokio::test]
async fn only_the_id_is_certain() {
    let world = World::new();
    world.sim.add_account(Account { id: ACCOUNT.into(), ..Account::default() });
    assert_eq!(world.get("/v1/accounts/me").await.json, json!({"id": ACCOUNT}));
}
