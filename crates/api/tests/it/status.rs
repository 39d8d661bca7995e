use http::StatusCode;
use serde_json::json;

use crate::support::Api;

#[tokio::test]
async fn status_needs_no_token() {
    let api = Api::new().await;
    let answer = api.get("", "/api/status/").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.body,
        json!({
            "date": "2026-03-02T12:00:00.000Z", "message": "Ok", "emailConfigured": false, "inviteOnlySignup": true,
            "redisConfigured": false, "secretScanningConfigured": false
        })
    );
}

#[tokio::test]
async fn a_server_that_cannot_work_says_so() {
    let api = Api::new().await;
    assert_eq!(api.get("", "/readyz").await.status, StatusCode::OK);
    api.set_ready(Err("The database is not available".to_owned()));
    assert_eq!(api.get("", "/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(api.get("", "/healthz").await.status, StatusCode::OK);
    let answer = api.get("", "/api/status").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.body["message"], "The database is not available");
}
