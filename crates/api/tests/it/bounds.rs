//! What anybody may send at any length is kept within bounds.

use std::sync::Arc;

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use keyferry_domain::{Ids, SystemIds};
use keyferry_test_support::World;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::arrange;
use crate::support::Api;

const LOGIN: &str = "/api/v1/auth/universal-auth/login";

fn guess(client_id: Uuid) -> Value {
    json!({ "clientId": client_id, "clientSecret": "guess" })
}

#[tokio::test]
async fn a_user_agent_is_kept_up_to_a_length() {
    let api = Api::new().await;
    let token = api.token(&api.world.admin);
    let request = Request::get("/api/v1/identities")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::USER_AGENT, "a".repeat(50_000));
    assert_eq!(api.send(request.body(Body::empty()).unwrap()).await.status, StatusCode::OK);
    let rows = arrange::audit_rows(&api.world).await;
    assert_eq!(rows[0].user_agent.as_ref().map(String::len), Some(512));
}

#[tokio::test]
async fn lists_that_become_one_statement_or_many_end_somewhere() {
    let api = Api::new().await;
    let token = api.token(&api.world.admin);
    let names = vec!["a"; 40_000];
    for search in [json!({ "name": { "$in": names } }), json!({ "role": { "$in": names } })] {
        let answer = api.call(&token, Method::POST, "/api/v1/identities/search", json!({ "search": search })).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    }
    let project_id = api.world.project("shop").await.unwrap();
    let project = api.get(&token, &format!("/api/v1/projects/{project_id}")).await;
    let folder = json!({ "id": "x", "environment": "dev", "name": "y" });
    let body = json!({ "projectSlug": project.body["project"]["slug"], "folders": vec![folder; 5_000] });
    let answer = api.call(&token, Method::PATCH, "/api/v2/folders/batch", body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
}

#[tokio::test]
async fn a_folder_has_a_name_that_fits_into_an_index() {
    let api = Api::new().await;
    let token = api.token(&api.world.admin);
    let project_id = api.world.project("shop").await.unwrap();
    for (length, status) in [(255, StatusCode::OK), (256, StatusCode::UNPROCESSABLE_ENTITY)] {
        let body = json!({ "projectId": project_id, "environment": "dev", "name": "f".repeat(length) });
        assert_eq!(api.call(&token, Method::POST, "/api/v2/folders", body).await.status, status, "{length}");
    }
}

/// Ids whose chance always strikes.
struct Chance;

impl Ids for Chance {
    fn v4(&self) -> Uuid {
        SystemIds.v4()
    }

    fn v7(&self, now_ms: i64) -> Uuid {
        SystemIds.v7(now_ms)
    }

    fn jitter(&self) -> f64 {
        0.0
    }
}

#[tokio::test]
async fn guesses_at_client_ids_that_do_not_exist_are_forgotten_after_a_day() {
    let mut world = World::new().await.unwrap();
    Arc::get_mut(&mut world.app).unwrap().ids = Arc::new(Chance);
    let api = Api::over(world);
    for id in 1..=3 {
        let answer = api.call("", Method::POST, LOGIN, guess(Uuid::from_u128(id))).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.body);
    }
    assert_eq!(counts(&api).await, 3);
    api.world.clock.advance_ms(86_400_001);
    api.call("", Method::POST, LOGIN, guess(Uuid::from_u128(4))).await;
    assert_eq!(counts(&api).await, 1, "only the last one is remembered");
}

async fn counts(api: &Api) -> usize {
    let rows = keyferry_db::testing::dump(&api.world.app.db).await.unwrap();
    rows.iter().filter(|row| row.starts_with("login_lockouts:")).count()
}
