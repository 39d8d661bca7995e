//! `kill -9` at each boundary of a run, one after the other: the server ends itself there (debug builds have a switch for it), is
//! started again, and the destination, the run's record and the sync's state must be as if nothing had happened.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;

use keyferry_checkly_sim::Group;
use keyferry_test_support::{TestBackend, backends, eventually};
use serde_json::{Value, json};

use crate::harness::{Checkly, Installation, Journey, Server};

/// Calls whose results may be lost at a kill.
const IN_FLIGHT: usize = 10;
/// The check group of the group sync.
const GROUP: u64 = 7;

/// Boundaries of a run that pushes six changed keys, a new one and a deletion, and how many of these may be sent again.
const PUSH: &[(&str, usize)] = &[
    ("job_claimed", 0),
    ("run_started", 0),
    ("source_read", 0),
    ("destination_observed", 0),
    ("plan_stored", 0),
    ("call_due", 0),
    ("call_due:5", IN_FLIGHT),
    ("call_due:8", IN_FLIGHT),
    ("call_answered", IN_FLIGHT),
    ("call_answered:8", IN_FLIGHT),
    ("ledger_writing", IN_FLIGHT),
    ("ledger_written", IN_FLIGHT),
    ("record_writing", 0),
    ("record_written", 0),
    ("job_ending", 0),
];
/// The same of a run that writes a group, which is one call.
const PUSH_GROUP: &[(&str, usize)] = &[
    ("plan_stored", 0),
    ("call_due", 0),
    ("call_answered", 1),
    ("ledger_writing", 1),
    ("ledger_written", 0),
    ("record_writing", 0),
];
/// Boundaries of a run that removes seven keys.
const REMOVE: &[(&str, usize)] = &[
    ("job_claimed", 0),
    ("source_read", 0),
    ("call_due", 0),
    ("call_answered:2", IN_FLIGHT),
    ("ledger_writing", IN_FLIGHT),
    ("ledger_written", IN_FLIGHT),
    ("record_writing", 0),
    ("record_written", 0),
];
/// Boundaries of the removal before a sync is deleted.
const DELETE: &[(&str, usize)] = &[("call_answered", IN_FLIGHT), ("record_writing", 0)];

/// All of them on SQLite. On PostgreSQL every third, and all when it may take long (`KEYFERRY_TEST_KILLS` is set): what differs there
/// is how a dead process's leases and transactions end.
fn some(backend: TestBackend, steps: &[(&'static str, usize)]) -> Vec<(&'static str, usize)> {
    let every = if backend == TestBackend::Sqlite || std::env::var_os("KEYFERRY_TEST_KILLS").is_some() { 1 } else { 3 };
    steps.iter().copied().skip(every / 3).step_by(every).collect()
}

struct Killing {
    checkly: Checkly,
    installation: Installation,
    journey: Journey,
    connection: String,
    kill_file: PathBuf,
    server: Option<Server>,
    round: usize,
}

impl Killing {
    async fn new(backend: TestBackend) -> Self {
        let checkly = Checkly::start().await;
        let group = Group { id: GROUP, name: "Shop".to_owned(), ..Group::default() };
        assert!(checkly.state().add_group(checkly.account(), group));
        let installation = Installation::new(backend, checkly.url()).await;
        let kill_file = installation.logs().join("kill-at");
        let installation = installation.setting("KEYFERRY_TEST_KILL_FILE", kill_file.display().to_string());
        let server = installation.start().await;
        let journey = Journey::begin(&server).await;
        let connection = journey.connect(&checkly).await;
        let killing = Self { checkly, installation, journey, connection, kill_file, server: Some(server), round: 0 };
        killing.journey.put(&killing.pairs()).await;
        killing
    }

    /// Seven secrets; their values and the name of the last change with the round.
    fn pairs(&self) -> Vec<(String, String)> {
        let value = format!("round {}", self.round);
        let keys = (0..6).map(|n| format!("KEY_{n}")).chain([format!("NEW_{}", self.round)]);
        keys.map(|key| (key, value.clone())).collect()
    }

    /// What a sync with this prefix shall hold at Checkly.
    fn wanted(&self, prefix: &str) -> BTreeMap<String, String> {
        self.pairs().into_iter().map(|(key, value)| (format!("{prefix}{key}"), value)).collect()
    }

    /// Six values change, one secret comes and one goes.
    async fn change(&mut self) {
        let gone = format!("NEW_{}", self.round);
        self.round += 1;
        self.journey.put(&self.pairs()).await;
        let body = json!({
            "projectId": self.journey.project, "environment": "prod", "secretPath": "/", "secrets": [{"secretKey": gone}],
        });
        self.journey.client.call("DELETE", "/api/v4/secrets/batch", Some(body)).await;
    }

    /// A sync that runs when it is told to.
    async fn sync(&self, prefix: &str, group: bool) -> String {
        let mut body = self.journey.sync_body(&self.checkly, &self.connection);
        body["name"] = json!(format!("sync-{}", prefix.to_lowercase().trim_end_matches('_')));
        body["isAutoSyncEnabled"] = json!(false);
        body["syncOptions"]["keySchema"] = json!(format!("{prefix}{{{{secretKey}}}}"));
        if group {
            body["destinationConfig"]["groupId"] = json!(GROUP.to_string());
            body["destinationConfig"]["groupName"] = json!("Shop");
        }
        let sync = self.journey.create_sync_as(body).await;
        self.push(&sync).await;
        sync
    }

    async fn push(&self, sync: &str) {
        self.journey.client.post(&format!("{sync}/sync-secrets"), json!({})).await;
        self.at_rest(sync, "syncStatus").await;
    }

    /// Waits for a good end, then asks for the state of every run.
    async fn at_rest(&self, sync: &str, status: &str) {
        eventually("the sync comes to rest", async || {
            let answer = self.journey.client.get(sync).await;
            let word = answer["secretSync"][status].as_str().unwrap_or_default().to_owned();
            assert_ne!(word, "failed", "{answer}");
            (word == "succeeded").then_some(())
        })
        .await;
        for run in self.journey.runs(sync).await {
            assert_eq!(run["status"], "succeeded", "no run is left behind: {run}");
        }
    }

    /// Has the server die at a step of what the request sets in motion, and starts it again.
    async fn die(&mut self, step: &str, method: &str, path: &str) {
        let next = self.kill_file.with_extension("next");
        std::fs::write(&next, step).unwrap();
        std::fs::rename(&next, &self.kill_file).unwrap();
        let body = json!({});
        // The end may come before the answer.
        self.journey.client.try_call(method, path, (method != "DELETE").then_some(&body)).await;
        let ended = self.server.take().unwrap().ended().await;
        assert_eq!(ended.signal(), Some(9), "{step}");
        std::fs::remove_file(&self.kill_file).unwrap();
        self.installation.expire_leases().await;
        let server = self.installation.start().await;
        self.journey.go_on(&server);
        self.server = Some(server);
    }

    /// How often each of these keys was written since `before` writes.
    fn writes_since(&self, before: usize, prefix: &str) -> BTreeMap<String, usize> {
        let mut calls = BTreeMap::new();
        for (_, key) in self.checkly.writes().into_iter().skip(before).filter(|(_, key)| key.starts_with(prefix)) {
            *calls.entry(key).or_default() += 1;
        }
        calls
    }

    fn group_writes(&self) -> usize {
        self.checkly.state().log().iter().filter(|call| call.method == "PUT" && call.path.contains("group")).count()
    }
}

/// Nothing twice but what was in flight, and nothing left out.
fn check_calls(what: &str, calls: &BTreeMap<String, usize>, keys: &BTreeSet<String>, again: usize) {
    assert_eq!(&calls.keys().cloned().collect::<BTreeSet<_>>(), keys, "{what}");
    let repeated: Vec<_> = calls.iter().filter(|(_, count)| **count > 1).collect();
    assert!(repeated.len() <= again, "{what}: sent again: {repeated:?}");
    assert!(repeated.iter().all(|(_, count)| **count == 2), "{what}: {repeated:?}");
}

/// The run's record tells what was done: each key with an answer, the counts, the calls.
async fn check_record(killing: &Killing, sync: &str, what: &str, written: &BTreeSet<String>) {
    let newest = &killing.journey.runs(sync).await[0];
    let path = format!("{sync}/runs/{}", newest["id"].as_str().unwrap());
    let run = killing.journey.client.get(&path).await["run"].clone();
    let items = run["items"].as_array().unwrap();
    let done = |item: &&Value| item["outcome"] == "done";
    let told: BTreeSet<String> =
        items.iter().filter(done).map(|item| item["destinationKey"].as_str().unwrap().to_owned()).collect();
    assert_eq!(&told, written, "{what}: {run}");
    assert_eq!(items.len(), told.len(), "{what}: an item that is not done: {run}");
    assert_eq!(run["counts"]["done"], json!(told.len()), "{what}: {run}");
    assert!(run["endedAt"].is_string(), "{what}: {run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn j07_a_push_killed_at_each_step() {
    for backend in backends() {
        let mut killing = Killing::new(backend).await;
        let sync = killing.sync("A_", false).await;
        assert!(killing.checkly.state().set_variable(killing.checkly.account(), "BY_HAND", "kept", false, false));
        for (step, again) in some(backend, PUSH) {
            let what = format!("{backend:?} {step}");
            let mut changed: BTreeSet<String> = [format!("A_NEW_{}", killing.round)].into();
            killing.change().await;
            let wanted = killing.wanted("A_");
            changed.extend(wanted.keys().cloned());
            let before = killing.checkly.writes().len();
            killing.die(step, "POST", &format!("{sync}/sync-secrets")).await;
            killing.at_rest(&sync, "syncStatus").await;
            assert_eq!(killing.checkly.held("A_"), wanted, "{what}");
            assert_eq!(killing.checkly.held("BY_HAND").len(), 1, "{what}");
            check_calls(&what, &killing.writes_since(before, "A_"), &changed, again);
            check_record(&killing, &sync, &what, &changed).await;
        }
        assert_eq!(killing.journey.runs(&sync).await.len(), killing.round + 1, "one run for each request");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn j07_a_write_of_a_group_killed_at_each_step() {
    for backend in backends() {
        let mut killing = Killing::new(backend).await;
        let sync = killing.sync("G_", true).await;
        for (step, again) in some(backend, PUSH_GROUP) {
            let what = format!("{backend:?} {step}");
            killing.change().await;
            let before = killing.group_writes();
            killing.die(step, "POST", &format!("{sync}/sync-secrets")).await;
            killing.at_rest(&sync, "syncStatus").await;
            let group = killing.checkly.state().group(killing.checkly.account(), GROUP).unwrap();
            let held: BTreeMap<String, String> = group.variables.into_iter().map(|v| (v.key, v.value)).collect();
            assert_eq!(held, killing.wanted("G_"), "{what}");
            let writes = killing.group_writes() - before;
            assert!((1..=1 + again).contains(&writes), "{what}: {writes} writes of the group");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn j15_a_removal_killed_at_each_step() {
    for backend in backends() {
        let mut killing = Killing::new(backend).await;
        let other = killing.sync("OTHER_", false).await;
        let sync = killing.sync("R_", false).await;
        for (step, again) in some(backend, REMOVE) {
            let what = format!("{backend:?} {step}");
            killing.push(&sync).await;
            let keys: BTreeSet<String> = killing.wanted("R_").into_keys().collect();
            assert_eq!(killing.checkly.held("R_"), killing.wanted("R_"), "{what}");
            let before = killing.checkly.writes().len();
            killing.die(step, "POST", &format!("{sync}/remove-secrets")).await;
            killing.at_rest(&sync, "removeStatus").await;
            assert_eq!(killing.checkly.held("R_"), BTreeMap::new(), "{what}");
            assert_eq!(killing.checkly.held("OTHER_"), killing.wanted("OTHER_"), "{what}");
            check_calls(&what, &killing.writes_since(before, "R_"), &keys, again);
        }
        for (n, (step, again)) in DELETE.iter().enumerate() {
            let what = format!("{backend:?} deletion, {step}");
            let prefix = format!("D{n}_");
            let sync = killing.sync(&prefix, false).await;
            let keys: BTreeSet<String> = killing.wanted(&prefix).into_keys().collect();
            let before = killing.checkly.writes().len();
            killing.die(step, "DELETE", &format!("{sync}?removeSecrets=true")).await;
            eventually("the sync goes when nothing of it is left", async || {
                let (status, body) = killing.journey.client.try_call("GET", &sync, None).await?;
                if status == 404 {
                    return Some(());
                }
                assert_ne!(body["secretSync"]["removeStatus"], "failed", "{what}: {body}");
                None
            })
            .await;
            assert_eq!(killing.checkly.held(&prefix), BTreeMap::new(), "{what}");
            assert_eq!(killing.checkly.held("OTHER_"), killing.wanted("OTHER_"), "{what}");
            check_calls(&what, &killing.writes_since(before, &prefix), &keys, *again);
        }
        killing.at_rest(&other, "syncStatus").await;
    }
}

/// An import is the one action without a boundary to die at: Checkly's variables cannot be read back, so nothing is begun.
#[tokio::test(flavor = "multi_thread")]
async fn s10_an_import_begins_nothing_that_could_be_killed() {
    for backend in backends() {
        let killing = Killing::new(backend).await;
        let sync = killing.sync("I_", false).await;
        let (before, runs) = (killing.checkly.state().log().len(), killing.journey.runs(&sync).await.len());
        // Whatever a run would reach first ends the server.
        std::fs::write(&killing.kill_file, "job_claimed").unwrap();
        for behavior in ["prioritize-source", "prioritize-destination"] {
            let path = format!("{sync}/import-secrets?importBehavior={behavior}");
            let (status, answer) = killing.journey.client.try_call("POST", &path, Some(&json!({}))).await.unwrap();
            assert_eq!(status, 400, "{answer}");
            assert_eq!(answer["message"], "Checkly does not support importing secrets.");
        }
        let after = killing.journey.client.get(&sync).await["secretSync"].clone();
        assert_eq!((&after["importStatus"], &after["syncStatus"]), (&Value::Null, &json!("succeeded")), "{after}");
        assert_eq!(killing.journey.runs(&sync).await.len(), runs, "{backend:?}: no run");
        assert_eq!(killing.checkly.state().log().len(), before, "{backend:?}: no call");
        std::fs::remove_file(&killing.kill_file).unwrap();
        killing.push(&sync).await;
    }
}
