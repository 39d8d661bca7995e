//! `kill -9` in the middle of a sync.

use std::collections::BTreeMap;
use std::time::Duration;

use keyferry_test_support::{backends, eventually};
use serde_json::json;

use crate::harness::{Checkly, Installation, Journey};

/// Keys of the sync.
const KEYS: usize = 200;
/// Calls that a run has in flight at most.
const IN_FLIGHT: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_sync_goes_on_where_it_was() {
    for backend in backends() {
        let checkly = Checkly::start().await;
        let installation = Installation::new(backend, checkly.url()).await;
        let server = installation.start().await;
        let mut journey = Journey::begin(&server).await;
        let secrets = (0..KEYS).map(|n| json!({"secretKey": format!("KEY_{n}"), "secretValue": format!("value {n}")}));
        journey.create_secrets(secrets.collect()).await;
        let connection = journey.connect(&checkly).await;
        checkly.state().set_latency(Duration::from_millis(20));
        let sync = journey.create_sync(&checkly, &connection).await;
        eventually("a third is written", async || (checkly.writes().len() >= KEYS / 3).then_some(())).await;
        server.kill().await;
        let written_before = checkly.writes().len();
        assert!(written_before < KEYS, "the sync was over before the kill");

        let again = installation.start().await;
        journey.sign_in(&again).await;
        journey.wait_until_synced(&sync).await;

        let held: BTreeMap<String, String> =
            checkly.state().variables(checkly.account()).into_iter().map(|v| (v.key, v.value)).collect();
        let wanted: BTreeMap<String, String> = (0..KEYS).map(|n| (format!("KEY_{n}"), format!("value {n}"))).collect();
        assert_eq!(held, wanted, "{backend:?}");

        let mut calls: BTreeMap<String, usize> = BTreeMap::new();
        for (_, key) in checkly.writes() {
            *calls.entry(key).or_default() += 1;
        }
        let repeated: Vec<_> = calls.iter().filter(|(_, calls)| **calls > 1).collect();
        assert!(repeated.len() <= IN_FLIGHT, "{backend:?}: written twice: {repeated:?}");
        assert!(repeated.iter().all(|(_, calls)| **calls == 2), "{repeated:?}");

        let runs = journey.client.get(&format!("{sync}/runs")).await;
        let runs = runs["runs"].as_array().unwrap_or_else(|| panic!("{runs}"));
        assert!(runs.iter().any(|run| run["status"] == "succeeded"), "{runs:?}");
        assert!(runs.iter().all(|run| run["status"] != "running"), "a run is said to go on: {runs:?}");

        // A further run finds nothing to do.
        let writes = checkly.writes().len();
        journey.client.post(&format!("{sync}/sync-secrets"), json!({})).await;
        journey.wait_until_synced(&sync).await;
        assert_eq!(checkly.writes().len(), writes, "{backend:?}");
    }
}
