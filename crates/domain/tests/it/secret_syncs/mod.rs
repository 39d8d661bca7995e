//! Syncs against the simulator of Checkly, through the real queue.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod approvals;
mod arrange;
mod chaos;
mod crowd;
mod damage;
mod deletion;
mod following;
mod groups;
mod overlaps;
mod pushing;
mod triggers;

use std::sync::Arc;
use std::time::Duration;

use keyferry_checkly_sim::CallRecord;
use keyferry_db::entities::{secret_syncs, sync_run_items, sync_runs};
use keyferry_domain::Caller;
use keyferry_domain::app_connections::{self, CreateConnection};
use keyferry_domain::paths::SecretPath;
use keyferry_domain::secret_syncs::{self as syncs, CreateSync, DestinationConfig, SyncOptionsInput};
use keyferry_domain::secrets::{self, BatchMode, Change, Deletion, Location, NewSecret};
use keyferry_jobs::{Worker, WorkerConfig, WorkerHandle};
use keyferry_test_support::{World, eventually};
use secrecy::SecretString;
use uuid::Uuid;

/// A project with a connection, and a worker that runs its syncs.
pub(crate) struct Bench {
    pub(crate) world: World,
    pub(crate) project_id: Uuid,
    pub(crate) connection_id: Uuid,
    pub(crate) at: Location,
    worker: Option<WorkerHandle>,
}

impl Bench {
    pub(crate) async fn new(world: World) -> Self {
        let project_id = world.project("shop").await.unwrap();
        let input = CreateConnection {
            app: "checkly".to_owned(),
            name: "checkly-eu".to_owned(),
            method: "api-key".to_owned(),
            description: None,
            project_id: None,
            api_key: SecretString::from(world.api_key.clone()),
        };
        let connection = app_connections::create(&world.app, &world.admin, input).await.unwrap();
        let at = Location { project_id, environment: "prod".to_owned(), path: SecretPath::root() };
        let mut bench = Self { world, project_id, connection_id: connection.id, at, worker: None };
        bench.start();
        bench.world.sim.state().clear_log();
        bench
    }

    pub(crate) fn start(&mut self) {
        self.start_with(4);
    }

    /// With as many places as a server has.
    pub(crate) fn start_wide(&mut self) {
        self.start_with(128);
    }

    fn start_with(&mut self, concurrency: usize) {
        let app = Arc::clone(&self.world.app);
        let clock = Arc::clone(&app.clock);
        let mut handlers = syncs::handlers(&app);
        handlers.extend(keyferry_domain::webhooks::handlers(&app));
        self.worker = Some(Worker::spawn(
            app.db.clone(),
            app.queue.clone(),
            handlers,
            WorkerConfig { owner: "test".to_owned(), concurrency, lease_ms: 30_000, poll: Duration::from_millis(20) },
            Arc::new(move || clock.now_ms()),
        ));
    }

    /// Stops at once, as a crash would: nothing is waited for, and the leases are left as they are.
    pub(crate) async fn kill(&mut self) {
        if let Some(worker) = self.worker.take() {
            worker.stop(Duration::ZERO).await;
        }
    }

    /// Stops as a server does that is told to.
    pub(crate) async fn stop(&mut self) {
        if let Some(worker) = self.worker.take() {
            worker.stop(Duration::from_secs(20)).await;
        }
    }

    pub(crate) fn admin(&self) -> &Caller {
        &self.world.admin
    }

    pub(crate) fn account(&self) -> &str {
        &self.world.account_id
    }

    pub(crate) fn input(&self, name: &str) -> CreateSync {
        CreateSync {
            destination: "checkly".to_owned(),
            name: name.to_owned(),
            description: None,
            project_id: self.project_id.to_string(),
            connection_id: self.connection_id,
            environment: self.at.environment.clone(),
            secret_path: self.at.path.as_str().to_owned(),
            is_auto_sync_enabled: true,
            include_all_sub_folders: None,
            sync_options: SyncOptionsInput::default(),
            destination_config: DestinationConfig {
                account_id: self.world.account_id.clone(),
                account_name: None,
                group_id: None,
                group_name: None,
            },
            approve: None,
        }
    }

    /// Creates a sync and waits for its first run.
    pub(crate) async fn sync(&self, change: impl FnOnce(&mut CreateSync)) -> Uuid {
        let mut input = self.input(&format!("sync-{}", &self.world.app.ids.v4().simple().to_string()[..8]));
        change(&mut input);
        let id = syncs::create(&self.world.app, self.admin(), input).await.unwrap().sync.id;
        self.settled(id).await;
        id
    }

    pub(crate) async fn row(&self, id: Uuid) -> Option<secret_syncs::Model> {
        keyferry_db::find_by_id(self.world.app.db.read(), id).await.unwrap()
    }

    /// Waits until no run waits or works, and no job is left but one for later.
    pub(crate) async fn settled(&self, id: Uuid) -> secret_syncs::Model {
        eventually("the sync comes to rest", || async {
            let conn = self.world.app.db.read();
            let now_ms = self.world.app.now_ms();
            for kind in ["sync-secrets", "remove-secrets"] {
                if let Some(job) = keyferry_db::jobs::find(conn, kind, &id.to_string()).await.unwrap()
                    && (job.state == "running" || job.run_at_ms <= now_ms)
                {
                    return None;
                }
            }
            self.row(id).await
        })
        .await
    }

    pub(crate) async fn succeeded(&self, id: Uuid) -> secret_syncs::Model {
        let row = self.settled(id).await;
        assert_eq!(row.sync_status.as_deref(), Some("succeeded"), "{:?}", row.last_sync_message);
        row
    }

    pub(crate) async fn failed(&self, id: Uuid) -> secret_syncs::Model {
        let row = self.settled(id).await;
        assert_eq!(row.sync_status.as_deref(), Some("failed"), "{:?}", row.last_sync_message);
        row
    }

    pub(crate) async fn trigger(&self, id: Uuid) {
        syncs::sync_secrets(&self.world.app, self.admin(), "checkly", id).await.unwrap();
    }

    pub(crate) async fn runs(&self, id: Uuid) -> Vec<sync_runs::Model> {
        syncs::runs::list(&self.world.app, self.admin(), "checkly", id, None, 100).await.unwrap().runs
    }

    pub(crate) async fn last_run(&self, id: Uuid) -> (sync_runs::Model, Vec<sync_run_items::Model>) {
        let run_id = self.row(id).await.unwrap().last_run_id.unwrap();
        syncs::runs::get(&self.world.app, self.admin(), "checkly", id, run_id).await.unwrap()
    }

    /// Outcome of a key in the last run.
    pub(crate) async fn outcome(&self, id: Uuid, key: &str) -> String {
        let (_, items) = self.last_run(id).await;
        items.iter().find(|item| item.destination_key == key).map(|item| item.outcome.clone()).unwrap_or_default()
    }

    pub(crate) async fn put_all(&self, pairs: &[(String, String)]) {
        let changes: Vec<Change> = pairs
            .iter()
            .map(|(key, value)| Change { key: key.clone(), value: Some(SecretString::from(value.clone())), ..Change::default() })
            .collect();
        secrets::update_many(&self.world.app, self.admin(), &self.at, &changes, BatchMode::Upsert).await.unwrap();
    }

    pub(crate) async fn put(&self, key: &str, value: &str) {
        self.put_all(&[(key.to_owned(), value.to_owned())]).await;
    }

    pub(crate) async fn put_at(&self, at: &Location, key: &str, value: &str) {
        let new = NewSecret { key: key.to_owned(), value: SecretString::from(value.to_owned()), ..NewSecret::default() };
        secrets::create(&self.world.app, self.admin(), at, new).await.unwrap();
    }

    pub(crate) async fn remove(&self, keys: &[&str]) {
        let deletions: Vec<Deletion> =
            keys.iter().map(|key| Deletion { key: (*key).to_owned(), ..Deletion::default() }).collect();
        secrets::delete_many(&self.world.app, self.admin(), &self.at, &deletions).await.unwrap();
    }

    /// The calls since the last look.
    pub(crate) fn calls(&self) -> Vec<CallRecord> {
        let calls = self.world.sim.state().log();
        self.world.sim.state().clear_log();
        calls
    }

    /// Calls that are no reads, as `METHOD key`.
    pub(crate) fn writes(&self) -> Vec<String> {
        let mut writes: Vec<String> = self
            .calls()
            .into_iter()
            .filter(|call| call.method != "GET")
            .map(|call| format!("{} {}", call.method, call.variable_key.unwrap_or(call.path)))
            .collect();
        writes.sort();
        writes
    }

    pub(crate) fn value(&self, key: &str) -> Option<String> {
        self.world.sim.state().variable(self.account(), key).map(|variable| variable.value)
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> =
            self.world.sim.state().variables(self.account()).into_iter().map(|variable| variable.key).collect();
        keys.sort();
        keys
    }

    pub(crate) fn set_there(&self, key: &str, value: &str, secret: bool) {
        assert!(self.world.sim.state().set_variable(self.account(), key, value, secret, secret));
    }

    /// Lets time pass and wakes the worker.
    pub(crate) fn advance(&self, ms: i64) {
        self.world.clock.advance_ms(ms);
        self.world.app.queue.wake();
    }
}

/// `KEY_000` to `KEY_n` with a value each.
pub(crate) fn many(count: usize) -> Vec<(String, String)> {
    (0..count).map(|n| (format!("KEY_{n:03}"), format!("value-{n}"))).collect()
}
