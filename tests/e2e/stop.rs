//! SIGTERM: what was begun is answered, nothing else is, exit code 0.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keyferry_test_support::{backends, eventually};
use serde_json::json;

use crate::harness::{Checkly, Installation, Journey};

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_flight_are_answered() {
    for backend in backends() {
        let checkly = Checkly::start().await;
        let installation = Installation::new(backend, checkly.url()).await;
        let server = installation.start().await;
        let journey = Journey::begin(&server).await;
        journey.create_secrets(vec![json!({"secretKey": "TOKEN", "secretValue": "one"})]).await;

        // Readers without pause; each ends at the first request that is not accepted any more.
        let answered = Arc::new(AtomicUsize::new(0));
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let (client, answered) = (journey.client.clone(), Arc::clone(&answered));
                let path = format!("/api/v4/secrets?projectId={}&environment=prod", journey.project);
                tokio::spawn(async move {
                    while let Some((status, body)) = client.try_call("GET", &path, None).await {
                        assert_eq!(status, 200, "{body}");
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        // One request that is under way for sure: its key is being checked at a slow Checkly.
        checkly.state().set_latency(Duration::from_millis(500));
        let (client, body) = (journey.client.clone(), journey.connection_body(&checkly));
        let slow = tokio::spawn(async move { client.try_call("POST", "/api/v1/app-connections/checkly", Some(&body)).await });
        eventually("the key is being checked", async || (!checkly.state().log().is_empty()).then_some(())).await;
        eventually("readers read", async || (answered.load(Ordering::Relaxed) > 8).then_some(())).await;

        server.terminate();
        let (status, body) = slow.await.unwrap().expect("the request in flight was cut off");
        assert_eq!(status, 200, "{body}");
        for reader in readers {
            reader.await.unwrap();
        }
        assert_eq!(server.ended().await.code(), Some(0), "{backend:?}");

        let again = installation.start().await;
        let mut journey = journey;
        journey.sign_in(&again).await;
        let listed = journey.client.get(&format!("/api/v1/app-connections/checkly?projectId={}", journey.project)).await;
        assert_eq!(listed["appConnections"].as_array().map(Vec::len), Some(1), "{listed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_handed_on() {
    for backend in backends() {
        let checkly = Checkly::start().await;
        let installation = Installation::new(backend, checkly.url()).await;
        let server = installation.start().await;
        let mut journey = Journey::begin(&server).await;
        let secrets = (0..60).map(|n| json!({"secretKey": format!("K{n}"), "secretValue": format!("value {n}")}));
        journey.create_secrets(secrets.collect()).await;
        let connection = journey.connect(&checkly).await;
        checkly.state().set_latency(Duration::from_millis(100));
        let sync = journey.create_sync(&checkly, &connection).await;
        eventually("the run writes", async || (checkly.writes().len() > 10).then_some(())).await;

        server.terminate();
        assert_eq!(server.ended().await.code(), Some(0), "{backend:?}");

        let again = installation.start().await;
        journey.sign_in(&again).await;
        journey.wait_until_synced(&sync).await;
        assert_eq!(checkly.state().variables(checkly.account()).len(), 60);
        let mut written: Vec<String> = checkly.writes().into_iter().map(|(_, key)| key).collect();
        written.sort();
        let all = written.len();
        written.dedup();
        assert_eq!(written.len(), 60);
        assert!(all <= 60 + 10, "an orderly stop repeats at most the calls in flight, but {} were repeated", all - 60);
    }
}
