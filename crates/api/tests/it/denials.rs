//! Denied actions are in the audit log, with route and reason, and cannot fill it.

use http::{Method, StatusCode};
use keyferry_test_support::{World, canary, on_each_backend};
use serde_json::{Value, json};

use crate::arrange;
use crate::support::Api;

async fn denied(world: &World) -> Vec<Value> {
    let rows = arrange::audit_rows(world).await.into_iter().filter(|row| row.event_type == "permission-denied");
    rows.inspect(|row| assert_eq!(row.outcome, "refused")).map(|row| serde_json::from_str(&row.event_metadata).unwrap()).collect()
}

#[tokio::test]
async fn h1_a_denied_try_is_recorded_with_route_and_reason() {
    on_each_backend(|world| async move {
        let api = Api::over(world);
        let project_id = api.world.project("shop").await.unwrap();
        let viewer = api.world.identity(api.world.org_id, "looks", "no-access").await.unwrap();
        api.world.grant(project_id, &viewer, "viewer").await.unwrap();
        let token = api.token(&viewer);
        let value = canary("value");
        let body = json!({ "projectId": project_id, "environment": "prod", "secretValue": value });
        let answer = api.call(&token, Method::POST, "/api/v4/secrets/TOKEN", body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        let stranger = api.token(&api.world.identity(api.world.org_id, "stranger", "no-access").await.unwrap());
        let path = format!("/api/v1/projects/{project_id}/tags");
        assert_eq!(api.get(&stranger, &path).await.status, StatusCode::FORBIDDEN);
        assert_eq!(api.get(&token, "/api/v1/webhooks/not-an-id").await.status, StatusCode::NOT_FOUND);

        let rows = denied(&api.world).await;
        assert_eq!(rows.len(), 2, "what is not found is not denied: {rows:?}");
        let told = |row: &Value| (row["method"].clone(), row["route"].clone(), row["subject"].clone(), row["action"].clone());
        assert_eq!(told(&rows[1]), (json!("POST"), json!("/api/v4/secrets/{secretName}"), json!("secrets"), json!("create")));
        assert_eq!(rows[0]["route"], "/api/v1/projects/{projectId}/tags");
        assert!(rows[0]["reason"].as_str().unwrap().starts_with("You are not a member of this project"));
        assert!(!keyferry_db::testing::dump(&api.world.app.db).await.unwrap().join("").contains(&value));
    })
    .await;
}

#[tokio::test]
async fn denials_of_one_caller_do_not_fill_the_log() {
    let api = Api::new().await;
    let project_id = api.world.project("shop").await.unwrap();
    let caller = api.world.identity(api.world.org_id, "loud", "no-access").await.unwrap();
    let token = api.token(&caller);
    let path = format!("/api/v1/projects/{project_id}/tags");
    for (minute, recorded) in [(0, 101), (60_000, 202)] {
        api.world.clock.advance_ms(minute);
        for _ in 0..150 {
            assert_eq!(api.get(&token, &path).await.status, StatusCode::FORBIDDEN);
        }
        let rows = denied(&api.world).await;
        assert_eq!(rows.len(), recorded);
        assert_eq!(rows[0]["furtherOmitted"], true, "the last row of a minute tells that there were more");
    }
}
