//! Two servers on one PostgreSQL: one writer per destination, however they come in each other's way, and one goes on alone when the
//! other dies.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use keyferry_checkly_sim::{Account, CallRecord, Role};
use keyferry_test_support::{TestBackend, backends};
use serde_json::json;

use crate::harness::{Checkly, Client, Installation, Journey};

/// Accounts that have one sync each, beside the one that two syncs share.
const ACCOUNTS: usize = 6;
const KEYS: usize = 8;
/// The dead replica's leases run out after half a minute; the rest is for a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

fn account(n: usize) -> String {
    format!("00000000-0000-4000-8000-00000000000{n}")
}

fn pairs(round: usize) -> Vec<(String, String)> {
    (0..KEYS).map(|n| (format!("KEY_{n}"), format!("round {round}"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn i09_two_replicas_never_write_to_one_destination_at_once() {
    if !backends().contains(&TestBackend::Postgres) {
        // On SQLite a second server refuses to start, which `start.rs` tests.
        return;
    }
    let checkly = Checkly::start().await;
    let accounts: Vec<String> = (0..ACCOUNTS).map(account).collect();
    for id in &accounts {
        checkly.state().add_account(Account { id: id.clone(), name: "Shop".to_owned(), runtime_id: None });
    }
    let all: Vec<&str> = accounts.iter().map(String::as_str).chain([checkly.account()]).collect();
    checkly.state().add_key(checkly.api_key(), Role::ReadWrite, &all);
    let installation = Installation::new(TestBackend::Postgres, checkly.url()).await;
    let (first, second) = (installation.start().await, installation.start().await);
    let journey = Journey::begin(&first).await;
    let there = second.client().with_token(journey.client.token());
    journey.put(&pairs(0)).await;
    let connection = journey.connect(&checkly).await;
    checkly.state().set_latency(Duration::from_millis(15));

    let mut syncs = Vec::new();
    for (n, prefix) in ["A_", "B_"].iter().enumerate() {
        let mut body = journey.sync_body(&checkly, &connection);
        body["name"] = json!(format!("shared-{n}"));
        body["syncOptions"]["keySchema"] = json!(format!("{prefix}{{{{secretKey}}}}"));
        syncs.push(journey.create_sync_as(body).await);
    }
    for (n, id) in accounts.iter().enumerate() {
        let mut body = journey.sync_body(&checkly, &connection);
        body["name"] = json!(format!("own-{n}"));
        body["destinationConfig"]["accountId"] = json!(id);
        syncs.push(journey.create_sync_as(body).await);
    }

    // Changes and requests at both doors, with no regard for what is going on.
    let clients = [journey.client.clone(), there];
    for round in 1..=6 {
        change(&journey, &clients[round % 2], round).await;
        for (n, sync) in syncs.iter().enumerate() {
            let (status, body) =
                clients[(n + round) % 2].try_call("POST", &format!("{sync}/sync-secrets"), Some(&json!({}))).await.unwrap();
            // Busy with another run, which is an answer too.
            assert!(status == 200 || status == 400, "{status}: {body}");
        }
    }
    change(&journey, &clients[1], 7).await;
    second.kill().await;
    change(&journey, &clients[0], 8).await;

    let begun = Instant::now();
    let wanted: BTreeMap<String, String> = pairs(8).into_iter().collect();
    let of = |account: &str, prefix: &str| -> BTreeMap<String, String> {
        let all = checkly.state().variables(account).into_iter();
        all.filter_map(|v| Some((v.key.strip_prefix(prefix)?.to_owned(), v.value))).collect()
    };
    loop {
        let shared = of(checkly.account(), "A_") == wanted && of(checkly.account(), "B_") == wanted;
        if shared && accounts.iter().all(|id| of(id, "") == wanted) && settled(&journey, &syncs).await {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "not everything arrived, or a run is left behind");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    let log = checkly.state().log();
    for id in all {
        let of_account: Vec<&CallRecord> =
            log.iter().filter(|call| call.path.starts_with("/v1/variables") && call.account.as_deref() == Some(id)).collect();
        one_run_after_the_other(id, &of_account);
    }
}

async fn change(journey: &Journey, client: &Client, round: usize) {
    client.patch("/api/v4/secrets/batch", journey.put_body(&pairs(round))).await;
}

/// Every sync succeeded, and no run waits or works.
async fn settled(journey: &Journey, syncs: &[String]) -> bool {
    for sync in syncs {
        let answer = journey.client.get(sync).await;
        if answer["secretSync"]["syncStatus"] != "succeeded" {
            return false;
        }
        if journey.runs(sync).await.iter().any(|run| run["status"] != "succeeded") {
            return false;
        }
    }
    true
}

/// A run reads the first page and then writes; no run begins to read while a write of another is on its way, and between two
/// such beginnings all writes are one sync's, each key once.
fn one_run_after_the_other(account: &str, calls: &[&CallRecord]) {
    let mut written: BTreeSet<&str> = BTreeSet::new();
    let mut prefixes: BTreeSet<&str> = BTreeSet::new();
    let mut last_answer_ms = 0;
    let mut runs = 0;
    for call in calls {
        match &call.variable_key {
            None => {
                let is_first = call.query.as_deref().is_none_or(|query| !query.contains("page=") || query.contains("page=1"));
                assert!(is_first, "the lists of this test have one page: {call:?}");
                assert!(call.at_ms >= last_answer_ms, "{account}: a run began during another one's write: {call:?}");
                written.clear();
                prefixes.clear();
                runs += 1;
            }
            Some(key) => {
                assert!(written.insert(key), "{account}: {key} was written twice in a run: {call:?}");
                prefixes.insert(key.split_once("KEY").map_or("", |(prefix, _)| prefix));
                assert!(prefixes.len() == 1, "{account}: two syncs write at once: {prefixes:?}");
                last_answer_ms = last_answer_ms.max(call.answered_at_ms.unwrap_or_default());
            }
        }
    }
    assert!(runs > 1, "{account}: nothing to see");
}
