//! What the metrics listener shows.

use std::net::TcpListener;

use keyferry_test_support::{TestBackend, canary, eventually};
use serde_json::json;

use crate::harness::{Checkly, Client, Installation, Journey, run_to_end};

#[tokio::test(flavor = "multi_thread")]
async fn metrics_tell_of_syncs_and_requests_and_of_no_secret() {
    let checkly = Checkly::start().await;
    let installation =
        Installation::new(TestBackend::Sqlite, checkly.url()).await.setting("KEYFERRY_METRICS_LISTEN", "127.0.0.1:0");
    let server = installation.start().await;
    let journey = Journey::begin(&server).await;
    let value = canary("value");
    let connection = journey.connect(&checkly).await;
    let sync = journey.create_sync(&checkly, &connection).await;
    journey.wait_until_synced(&sync).await;
    journey.create_secrets(vec![json!({"secretKey": "TOKEN_CANARY", "secretValue": value})]).await;
    eventually("the secret arrives", async || checkly.state().variable(checkly.account(), "TOKEN_CANARY").map(|_| ())).await;
    journey.wait_until_synced(&sync).await;

    let text = std::fs::read_to_string(installation.logs().join("1-stdout")).unwrap();
    let address = text.lines().find_map(|line| line.strip_prefix("Metrics on ")).unwrap().strip_suffix("/metrics").unwrap();
    let metrics = Client::new(address.to_owned());
    let shown = eventually("the run is counted", async || {
        let (status, shown) = metrics.try_call("GET", "/metrics", None).await?;
        assert_eq!(status, 200);
        let shown = shown.as_str().unwrap().to_owned();
        shown.contains("keyferry_secret_propagation_seconds_count 1").then_some(shown)
    })
    .await;
    for line in [
        "keyferry_build_info{version=\"",
        "keyferry_jobs{state=\"waiting\"} ",
        "keyferry_jobs_oldest_due_seconds ",
        "keyferry_sync_runs_total{kind=\"sync-secrets\",outcome=\"succeeded\"} ",
        "keyferry_sync_keys_total{action=\"create\",outcome=\"done\"} 1",
        "keyferry_checkly_calls_total{status=\"2xx\"} ",
        "keyferry_checkly_budget_wait_seconds_count ",
        "keyferry_secret_propagation_seconds_bucket{le=\"1\"} ",
        "keyferry_http_requests_total{method=\"POST\",route=\"/api/v1/projects\",status=\"2xx\"} 1",
        "keyferry_http_request_duration_seconds_bucket{route=\"/api/v1/projects\",le=\"0.001\"} ",
    ] {
        assert!(shown.contains(line), "no {line} in\n{shown}");
    }
    for secret in [&value, "TOKEN_CANARY", checkly.api_key(), checkly.account(), &journey.password, &journey.project, &sync] {
        assert!(!shown.contains(secret), "{secret} is in the metrics");
    }
    assert_eq!(metrics.try_call("GET", "/api/status", None).await.unwrap().0, 404, "nothing else is there");
    assert_eq!(server.client().try_call("GET", "/metrics", None).await.unwrap().0, 404, "and they are nowhere else");
}

#[tokio::test]
async fn an_address_for_metrics_that_is_in_use() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap().to_string();
    let installation = Installation::new(TestBackend::Sqlite, "http://127.0.0.1:9".to_owned()).await;
    let mut serve = installation.command();
    serve.env("KEYFERRY_METRICS_LISTEN", &address);
    let ended = run_to_end(serve).await;
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert_eq!(ended.stderr.trim_end().lines().count(), 1, "{}", ended.stderr);
    assert!(ended.stderr.contains(&address) && ended.stderr.contains("KEYFERRY_METRICS_LISTEN"), "{}", ended.stderr);
    assert!(!installation.data_dir().exists(), "a data directory was made");
}
