//! No failed sync is silent: the turn to failure and the turn back arrive, signed, at a receiver that the administrator allows.

use keyferry_test_support::{Received, Receiver, backends, canary, eventually};
use serde_json::json;

use crate::harness::{Checkly, Installation, Journey};

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_sync_is_told_and_so_is_its_recovery() {
    for backend in backends() {
        let checkly = Checkly::start().await;
        let receiver = Receiver::start().await.unwrap();
        let allowed = receiver.address().to_string();
        let installation = Installation::new(backend, checkly.url()).await.setting("KEYFERRY_OUTBOUND_ALLOW", allowed);
        let server = installation.start().await;
        let journey = Journey::begin(&server).await;
        let key = canary("signing-key");
        let body = json!({
            "projectId": journey.project, "environment": "prod", "secretPath": "/**", "webhookUrl": receiver.url(),
            "webhookSecretKey": key,
            "eventsFilter": [{"eventName": "secret-syncs.failed"}, {"eventName": "secret-syncs.recovered"}],
        });
        let hook = journey.client.post("/api/v1/webhooks", body).await;
        let hook = format!("/api/v1/webhooks/{}", hook["webhook"]["id"].as_str().unwrap());
        let value = canary("value");
        journey.create_secrets(vec![json!({"secretKey": "TOKEN", "secretValue": value})]).await;
        let connection = journey.connect(&checkly).await;

        checkly.state().revoke_key(checkly.api_key());
        let sync = journey.create_sync(&checkly, &connection).await;
        let calls = told(&receiver, 1).await;
        assert_eq!(calls[0].json()["event"], "secret-syncs.failed", "{backend:?}");
        let status = journey.client.get(&sync).await["secretSync"]["syncStatus"].clone();
        assert_eq!(status, "failed", "it is told after it is so");
        checkly.allow_key();
        journey.client.post(&format!("{sync}/sync-secrets"), json!({})).await;
        let calls = told(&receiver, 2).await;
        assert_eq!(calls[1].json()["event"], "secret-syncs.recovered", "{backend:?}");

        for call in &calls {
            assert!(call.is_signed_with(&key), "{:?}", call.headers);
            let text = String::from_utf8_lossy(&call.body);
            for secret in [value.as_str(), checkly.api_key(), &key, &journey.password] {
                assert!(!text.contains(secret), "{text}");
            }
        }
        eventually("the last status is shown", async || {
            (journey.client.get(&hook).await["webhook"]["lastStatus"] == "success").then_some(())
        })
        .await;
        assert_eq!(receiver.received().len(), 2, "nothing else was told");
    }
}

/// Waits for so many calls.
async fn told(receiver: &Receiver, count: usize) -> Vec<Received> {
    eventually("the receiver is called", async || Some(receiver.received()).filter(|calls| calls.len() >= count)).await
}
