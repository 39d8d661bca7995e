//! Writers at work while the server is killed, again and again: whatever was acknowledged is there, whole, with its audit row
//! and its job.
//!
//! `KEYFERRY_TEST_KILLS` says how often (5 unless set; a long run takes 50).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use keyferry_db::dump::{self, Cell};
use keyferry_db::{Db, DbConfig};
use keyferry_test_support::{backends, eventually};
use serde_json::{Value, json};

use crate::harness::{Checkly, Client, Installation, Journey};

const WRITERS: usize = 8;
const BATCH: usize = 20;
/// Acknowledgements before each kill at least; the kill comes up to that many later.
const ACKS: usize = 40;
/// How long Checkly may lack a value after the last start: the rate budget may be spent for a minute.
const PATIENCE: Duration = Duration::from_secs(180);

/// What the writers know.
#[derive(Default)]
struct Log {
    acknowledged: Mutex<BTreeMap<String, (i64, String)>>,
    /// Values sent and not yet answered for: they may have been stored or not.
    unanswered: Mutex<BTreeMap<String, String>>,
    count: AtomicUsize,
}

impl Log {
    fn begin(&self, key: &str, value: &str) {
        self.unanswered.lock().unwrap().insert(key.to_owned(), value.to_owned());
    }

    fn acknowledge(&self, secret: &Value, value: &str) {
        let key = secret["secretKey"].as_str().unwrap();
        self.unanswered.lock().unwrap().remove(key);
        let version = secret["version"].as_i64().unwrap();
        let before = self.acknowledged.lock().unwrap().insert(key.to_owned(), (version, value.to_owned()));
        assert!(before.is_none_or(|(older, _)| older < version), "{key} was answered with an old version");
    }

    /// After a start: each key holds what was acknowledged last, or what was on its way at the kill.
    fn check(&self, listed: &Value) {
        let mut acknowledged = self.acknowledged.lock().unwrap();
        let mut unanswered = self.unanswered.lock().unwrap();
        let listed = listed["secrets"].as_array().unwrap();
        assert_eq!(listed.len(), acknowledged.len(), "secrets are missing or too many");
        let mut batches: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for secret in listed {
            let key = secret["secretKey"].as_str().unwrap();
            let (value, version) = (secret["secretValue"].as_str().unwrap(), secret["version"].as_i64().unwrap());
            let known = acknowledged.get_mut(key).unwrap();
            let on_its_way = unanswered.remove(key);
            if (version, value) != (known.0, known.1.as_str()) {
                assert_eq!(version, known.0 + 1, "{key}: more than the one write on its way");
                assert_eq!(on_its_way.as_deref(), Some(value), "{key}: a value that nobody sent last");
                *known = (version, value.to_owned());
            }
            if let Some((batch, _)) = key.rsplit_once("_OF_") {
                batches.entry(batch).or_default().insert(value);
            }
        }
        for (batch, values) in batches {
            assert_eq!(values.len(), 1, "{batch} was stored in part: {values:?}");
        }
    }
}

fn one(writer: usize) -> String {
    format!("ONE_{writer}")
}

fn batch(writer: usize) -> impl Iterator<Item = String> {
    (0..BATCH).map(move |n| format!("BATCH_{writer}_OF_{n}"))
}

/// Writes until the server no longer answers: a secret, then a batch, and so on.
async fn write(client: Client, project: String, writer: usize, round: usize, log: Arc<Log>) {
    for n in 0.. {
        let value = format!("{round}.{n}");
        let place = json!({"projectId": project, "environment": "prod", "secretPath": "/"});
        let (path, keys, body) = if n % 2 == 0 {
            let mut body = place;
            body["secretValue"] = json!(value);
            (format!("/api/v4/secrets/{}", one(writer)), vec![one(writer)], body)
        } else {
            let keys: Vec<String> = batch(writer).collect();
            let mut body = place;
            body["secrets"] = keys.iter().map(|key| json!({"secretKey": key, "secretValue": value})).collect();
            ("/api/v4/secrets/batch".to_owned(), keys, body)
        };
        keys.iter().for_each(|key| log.begin(key, &value));
        let Some((status, answer)) = client.try_call("PATCH", &path, Some(&body)).await else { return };
        assert_eq!(status, 200, "{answer}");
        match answer["secrets"].as_array() {
            Some(secrets) => secrets.iter().for_each(|secret| log.acknowledge(secret, &value)),
            None => log.acknowledge(&answer["secret"], &value),
        }
        log.count.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_writes_survive_kills() {
    let kills = std::env::var("KEYFERRY_TEST_KILLS").map_or(5, |text| text.parse().unwrap());
    for backend in backends() {
        let checkly = Checkly::start().await;
        let installation = Installation::new(backend, checkly.url()).await;
        let mut server = installation.start().await;
        let mut journey = Journey::begin(&server).await;
        let log = Arc::new(Log::default());
        let keys: Vec<String> = (0..WRITERS).flat_map(|writer| batch(writer).chain([one(writer)])).collect();
        let body = json!({
            "projectId": journey.project, "environment": "prod", "secretPath": "/",
            "secrets": keys.iter().map(|key| json!({"secretKey": key, "secretValue": "0"})).collect::<Vec<_>>(),
        });
        let created = journey.client.post("/api/v4/secrets/batch", body).await;
        created["secrets"].as_array().unwrap().iter().for_each(|secret| log.acknowledge(secret, "0"));

        for round in 1..=kills {
            let done = log.count.load(Ordering::SeqCst);
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    tokio::spawn(write(journey.client.clone(), journey.project.clone(), writer, round, Arc::clone(&log)))
                })
                .collect();
            // Another number each round, so that kills fall into all kinds of moments.
            let until = done + ACKS + (round * 7) % ACKS;
            eventually("enough is acknowledged", async || (log.count.load(Ordering::SeqCst) >= until).then_some(())).await;
            server.kill().await;
            for writer in writers {
                writer.await.unwrap();
            }
            server = installation.start().await;
            journey.sign_in(&server).await;
            let query = format!("projectId={}&environment=prod&secretPath=/", journey.project);
            log.check(&journey.client.get(&format!("/api/v4/secrets?{query}")).await);
        }

        // A sync made by now pushes all; changes then find their way through kills too, since their jobs are stored with them.
        let connection = journey.connect(&checkly).await;
        let sync = journey.create_sync(&checkly, &connection).await;
        journey.wait_until_synced(&sync).await;
        let writer = tokio::spawn(write(journey.client.clone(), journey.project.clone(), 0, kills + 1, Arc::clone(&log)));
        let until = log.count.load(Ordering::SeqCst) + 3;
        eventually("a change is acknowledged", async || (log.count.load(Ordering::SeqCst) >= until).then_some(())).await;
        server.kill().await;
        writer.await.unwrap();
        server = installation.start().await;
        journey.sign_in(&server).await;
        let query = format!("projectId={}&environment=prod&secretPath=/", journey.project);
        log.check(&journey.client.get(&format!("/api/v4/secrets?{query}")).await);
        arrive(&checkly, &log).await;

        server.terminate();
        assert!(server.ended().await.success());
        check_rows(&installation.database_url(), &keys).await;
    }
}

/// Waits until Checkly holds every acknowledged value.
async fn arrive(checkly: &Checkly, log: &Log) {
    let wanted: BTreeMap<String, String> =
        log.acknowledged.lock().unwrap().iter().map(|(key, (_, value))| (key.clone(), value.clone())).collect();
    let begun = Instant::now();
    loop {
        let held: BTreeMap<String, String> =
            checkly.state().variables(checkly.account()).into_iter().map(|v| (v.key, v.value)).collect();
        if held == wanted {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "Checkly lacks what was acknowledged");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Versions without gaps, and for each exactly one audit row.
async fn check_rows(url: &str, keys: &[String]) {
    let db = Db::connect(&DbConfig { url: url.to_owned(), max_connections: 2 }).await.unwrap();
    if let Some(faults) = db.structural_faults().await.unwrap() {
        assert!(faults.is_empty(), "{faults:?}");
    }
    let secrets = read(&db, "secrets", &["id", "version"]).await;
    assert_eq!(secrets.len(), keys.len());
    let mut versions: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for row in read(&db, "secret_versions", &["secret_id", "version"]).await {
        versions.entry(row[0].clone()).or_default().push(row[1].parse().unwrap());
    }
    let mut audited: BTreeMap<(String, i64), usize> = BTreeMap::new();
    for row in read(&db, "audit_logs", &["event_type", "event_metadata"]).await {
        if !["create-secrets", "update-secret", "update-secrets"].contains(&row[0].as_str()) {
            continue;
        }
        let metadata: Value = serde_json::from_str(&row[1]).unwrap();
        let several = metadata["secrets"].as_array().cloned().unwrap_or_else(|| vec![metadata.clone()]);
        for secret in several {
            let id = secret["secretId"].as_str().unwrap().to_owned();
            *audited.entry((id, secret["secretVersion"].as_i64().unwrap())).or_default() += 1;
        }
    }
    let mut effects = 0;
    for row in &secrets {
        let version: i64 = row[1].parse().unwrap();
        let mut kept = versions.remove(&row[0]).unwrap();
        kept.sort_unstable();
        assert_eq!(kept.last(), Some(&version));
        assert!(kept.windows(2).all(|pair| pair[1] == pair[0] + 1), "a gap: {kept:?}");
        for number in 1..=version {
            assert_eq!(audited.get(&(row[0].clone(), number)), Some(&1), "audit rows of version {number} of {}", row[0]);
            effects += 1;
        }
    }
    assert_eq!(audited.len(), effects, "the audit log tells of what did not happen");
    db.close().await;
}

async fn read(db: &Db, table: &str, columns: &[&str]) -> Vec<Vec<String>> {
    let table = dump::tables().unwrap().into_iter().find(|found| found.name == table).unwrap();
    let at: Vec<usize> =
        columns.iter().map(|column| table.columns.iter().position(|found| found.name == *column).unwrap()).collect();
    let rows = dump::page(db.read(), &table, None, 1_000_000).await.unwrap();
    let text = |cell: &Cell| match cell {
        Cell::Uuid(id) => id.to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Integer(number) => number.to_string(),
        _ => String::new(),
    };
    rows.iter().map(|row| at.iter().map(|at| text(&row[*at])).collect()).collect()
}
