//! PostgreSQL goes away under a server at work, and comes back: clean answers meanwhile, and afterwards everything goes on without
//! a restart.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use keyferry_test_support::{TestBackend, backends, canary, eventually};
use serde_json::Value;

use crate::harness::{Checkly, Installation, Journey, Passage, Proxy, host_of};

const KEYS: usize = 30;
/// Leases of what was interrupted may have to run out first.
const PATIENCE: Duration = Duration::from_secs(180);

fn pairs(value: &str) -> Vec<(String, String)> {
    (0..KEYS).map(|n| (format!("KEY_{n}"), value.to_owned())).collect()
}

/// A refusal that says what is the matter and nothing else.
fn clean(status: u16, body: &Value, value: &str) {
    assert!((500..600).contains(&status), "{status}: {body}");
    let text = body.to_string();
    assert!(!text.contains(value) && !text.contains("postgres") && !text.contains("127.0.0.1"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i05_a_database_that_goes_away_and_comes_back() {
    if !backends().contains(&TestBackend::Postgres) {
        // SQLite is a file; `disk_full.rs` takes its disk away.
        return;
    }
    let checkly = Checkly::start().await;
    let installation = Installation::new(TestBackend::Postgres, checkly.url()).await;
    let url = installation.database_url();
    let proxy = Proxy::start(host_of(&url)).await;
    let installation = installation.with_database_url(proxy.in_front_of(&url));
    let server = installation.start().await;
    let journey = Journey::begin(&server).await;
    journey.put(&pairs("first")).await;
    let connection = journey.connect(&checkly).await;
    let sync = journey.create_sync(&checkly, &connection).await;
    journey.wait_until_synced(&sync).await;

    // Away in the middle of a run.
    checkly.state().set_latency(Duration::from_millis(40));
    let before = checkly.writes().len();
    journey.put(&pairs("second")).await;
    eventually("the run writes", async || (checkly.writes().len() > before + 3).then_some(())).await;
    proxy.set(Passage::Cut);
    let value = canary("lost");
    let body = journey.put_body(&pairs(&value));
    let (status, answer) = journey.client.try_call("PATCH", "/api/v4/secrets/batch", Some(&body)).await.expect("an answer");
    clean(status, &answer, &value);
    let read = format!("/api/v4/secrets?projectId={}&environment=prod&secretPath=/", journey.project);
    let (status, answer) = journey.client.try_call("GET", &read, None).await.expect("an answer");
    clean(status, &answer, "second");
    eventually("the server says that it is not ready", async || {
        let (status, _) = journey.client.try_call("GET", "/readyz", None).await?;
        (status == 503).then_some(())
    })
    .await;
    let (status, _) = journey.client.try_call("GET", "/healthz", None).await.expect("alive");
    assert_eq!(status, 200, "alive all the time");

    proxy.set(Passage::Open);
    eventually("the server is ready again", async || {
        let (status, _) = journey.client.try_call("GET", "/readyz", None).await?;
        (status == 200).then_some(())
    })
    .await;
    let held = eventually("reads go on", async || {
        let (status, body) = journey.client.try_call("GET", &read, None).await?;
        (status == 200).then_some(body)
    })
    .await;
    let values: Vec<&str> = held["secrets"].as_array().unwrap().iter().map(|s| s["secretValue"].as_str().unwrap()).collect();
    assert_eq!(values.len(), KEYS);
    assert!(values.iter().all(|found| *found == values[0]), "a batch in part");
    assert_eq!(values[0], "second", "what was refused is not there");
    arrives(&journey, &checkly, &sync, "second").await;

    // Silent under requests in flight: they wait, or are refused, and are whole either way.
    proxy.set(Passage::Silent);
    let waiting = tokio::spawn({
        let (client, body) = (journey.client.clone(), journey.put_body(&pairs("third")));
        async move { client.try_call("PATCH", "/api/v4/secrets/batch", Some(&body)).await }
    });
    tokio::task::yield_now().await;
    proxy.set(Passage::Open);
    let (status, answer) = waiting.await.unwrap().expect("an answer");
    assert!(status == 200 || status >= 500, "{status}: {answer}");
    eventually("writes go on", async || {
        let body = journey.put_body(&pairs("fourth"));
        let (status, _) = journey.client.try_call("PATCH", "/api/v4/secrets/batch", Some(&body)).await?;
        (status == 200).then_some(())
    })
    .await;
    arrives(&journey, &checkly, &sync, "fourth").await;
    server.terminate();
    assert!(server.ended().await.success());
}

async fn arrives(journey: &Journey, checkly: &Checkly, sync: &str, value: &str) {
    let wanted: BTreeMap<String, String> = pairs(value).into_iter().collect();
    let begun = Instant::now();
    loop {
        let state = journey.client.get(sync).await;
        let runs = journey.runs(sync).await;
        let at_rest = runs.iter().all(|run| run["status"] != "running" && run["status"] != "pending");
        if checkly.held("") == wanted && state["secretSync"]["syncStatus"] == "succeeded" && at_rest {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{value} did not arrive: {state} {runs:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
