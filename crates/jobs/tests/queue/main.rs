//! The queue and its worker on every backend at hand.
//!
//! PostgreSQL runs too when `KEYFERRY_TEST_POSTGRES_URL` names a server on which databases may be created.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod storage;
mod worker;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use keyferry_db::entities::jobs::Model;
use keyferry_db::{Db, DbConfig, jobs, testing};
use keyferry_jobs::{Enqueue, Handler, Outcome, Queue, Running, Worker, WorkerConfig, WorkerHandle};
use serde_json::json;
use tokio::sync::Semaphore;
use uuid::Uuid;

const KIND: &str = "sync";
const START_MS: i64 = 1_700_000_000_000;
const DEADLINE: Duration = Duration::from_secs(60);
/// A poll that no test lives to see.
const NEVER: Duration = Duration::from_secs(3_600);
const OFTEN: Duration = Duration::from_millis(20);

#[expect(clippy::disallowed_methods, reason = "only that ids differ matters here")]
fn job_id() -> Uuid {
    Uuid::now_v7()
}

/// A fresh, migrated database and a clock that moves by hand.
struct Bench {
    db: Db,
    url: String,
    queue: Queue,
    now_ms: Arc<AtomicI64>,
    _dir: Option<tempfile::TempDir>,
}

impl Bench {
    async fn each() -> Vec<Self> {
        let dir = tempfile::tempdir().unwrap();
        let sqlite = Self::open(testing::fresh_sqlite(dir.path()), Some(dir)).await;
        std::iter::once(sqlite).chain(Self::postgres().await).collect()
    }

    /// `None` without a PostgreSQL server to test on.
    async fn postgres() -> Option<Self> {
        let admin = std::env::var("KEYFERRY_TEST_POSTGRES_URL").ok()?;
        Some(Self::open(testing::fresh_postgres(&admin).await.unwrap(), None).await)
    }

    async fn open(url: String, dir: Option<tempfile::TempDir>) -> Self {
        let db = Db::connect(&DbConfig { url: url.clone(), max_connections: 8 }).await.unwrap();
        db.migrate().await.unwrap();
        Self { db, url, queue: Queue::new(), now_ms: Arc::new(AtomicI64::new(START_MS)), _dir: dir }
    }

    fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::SeqCst)
    }

    fn pass(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
    }

    fn job(&self, key: &str, payload: serde_json::Value) -> Enqueue {
        Enqueue { id: job_id(), kind: KIND, key: key.to_owned(), payload, priority: 0, run_at_ms: self.now_ms(), max_attempts: 3 }
    }

    async fn put(&self, job: Enqueue) {
        let tx = self.db.begin().await.unwrap();
        self.queue.enqueue(&tx, job, self.now_ms()).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn put_and_wake(&self, key: &str) {
        self.put(self.job(key, json!({}))).await;
        self.queue.wake();
    }

    async fn claim(&self, owner: &str) -> Option<Model> {
        self.claim_at(owner, self.now_ms()).await
    }

    async fn claim_at(&self, owner: &str, now_ms: i64) -> Option<Model> {
        let tx = self.db.begin().await.unwrap();
        let row = jobs::claim(&tx, &[KIND], owner, now_ms, 1_000).await.unwrap();
        tx.commit().await.unwrap();
        row
    }

    async fn row(&self, key: &str) -> Option<Model> {
        jobs::find(self.db.read(), KIND, key).await.unwrap()
    }

    /// Waits until the row is as wanted.
    async fn until_row(&self, key: &str, is_wanted: impl Fn(Option<&Model>) -> bool) {
        let polling = async {
            while !is_wanted(self.row(key).await.as_ref()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(DEADLINE, polling).await.is_err() {
            panic!("row never became as wanted: {:?}", self.row(key).await);
        }
    }

    fn config(&self, poll: Duration) -> WorkerConfig {
        WorkerConfig { owner: "worker".to_owned(), concurrency: 4, lease_ms: 30_000, poll }
    }

    fn worker(&self, handler: &Arc<Script>, poll: Duration) -> WorkerHandle {
        self.worker_with(handler, self.config(poll))
    }

    fn worker_with(&self, handler: &Arc<Script>, config: WorkerConfig) -> WorkerHandle {
        let now_ms = Arc::clone(&self.now_ms);
        let clock = Arc::new(move || now_ms.load(Ordering::SeqCst));
        let handler: Arc<dyn Handler> = Arc::clone(handler) as _;
        Worker::spawn(self.db.clone(), self.queue.clone(), vec![handler], config, clock)
    }
}

/// What a scripted run does.
enum Step {
    Answer(Outcome),
    Panic,
    /// Waits for a permit of [`Script::gate`], then is done.
    Wait,
    /// As [`Step::Wait`], then fails.
    WaitAndFail,
    /// Waits for the lease to tell it to stop.
    UntilStopped,
    /// Never ends, whatever it is told.
    Hang,
}

/// A handler that does what it is told, run by run, and is done after the last step. Keeps what it was given.
struct Script {
    steps: Mutex<VecDeque<Step>>,
    runs: Mutex<Vec<Running>>,
    gate: Semaphore,
}

impl Script {
    fn new(steps: impl IntoIterator<Item = Step>) -> Arc<Self> {
        Arc::new(Self { steps: Mutex::new(steps.into_iter().collect()), runs: Mutex::new(Vec::new()), gate: Semaphore::new(0) })
    }

    fn runs(&self) -> Vec<Running> {
        self.runs.lock().unwrap().clone()
    }

    /// Waits until so many runs have begun.
    async fn until_runs(&self, count: usize) -> Vec<Running> {
        let polling = async {
            while self.runs().len() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(DEADLINE, polling).await.is_err() {
            panic!("{} runs instead of {count}", self.runs().len());
        }
        self.runs()
    }
}

#[async_trait]
impl Handler for Script {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Running) -> Outcome {
        let step = self.steps.lock().unwrap().pop_front().unwrap_or(Step::Answer(Outcome::Done));
        self.runs.lock().unwrap().push(job.clone());
        match step {
            Step::Answer(outcome) => outcome,
            Step::Panic => panic!("scripted panic"),
            Step::Wait => {
                self.gate.acquire().await.unwrap().forget();
                Outcome::Done
            }
            Step::WaitAndFail => {
                self.gate.acquire().await.unwrap().forget();
                Outcome::Fail { error_class: "gone".to_owned() }
            }
            Step::UntilStopped => {
                job.lease.stopped().await;
                Outcome::Stopped
            }
            Step::Hang => std::future::pending().await,
        }
    }
}
