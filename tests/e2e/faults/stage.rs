//! A whole server in this process: API, worker, storage and budget, over a clock that the test moves, beside a simulated Checkly.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt as _;
use keyferry_checkly_sim::{CallRecord, Fault, SimHandle};
use keyferry_connectors::checkly::ChecklyOptions;
use keyferry_domain::{Caller, Error, Origin, SyncLeases, secret_syncs};
use keyferry_http::{AppState, Authenticator, HttpConfig, Readiness};
use keyferry_jobs::{Worker, WorkerConfig, WorkerHandle};
use keyferry_test_support::{TestBackend, World, WorldBuilder, backends, eventually};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::harness::Client;

/// How a stage differs from the usual one.
#[derive(Clone)]
pub struct Setup {
    /// Longest time for a call to Checkly.
    pub deadline: Duration,
    /// Leases of runs and jobs, milliseconds.
    pub lease_ms: i64,
    /// How long Checkly takes.
    pub latency: Duration,
    /// Time goes on by itself.
    pub real_clock: bool,
    /// Processes that run jobs.
    pub workers: usize,
}

impl Default for Setup {
    fn default() -> Self {
        Self { deadline: Duration::from_secs(20), lease_ms: 30_000, latency: Duration::ZERO, real_clock: false, workers: 1 }
    }
}

/// The server and its surroundings.
pub struct Stage {
    pub world: World,
    pub project: Uuid,
    router: Router,
    control: Client,
    workers: Mutex<Vec<WorkerHandle>>,
    setup: Setup,
}

/// Runs a test on each available backend, side by side: most of the time is spent waiting.
pub async fn on_stage<F, Fut>(setup: Setup, body: F)
where
    F: Fn(Arc<Stage>) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let mut tasks = Vec::new();
    for backend in backends() {
        let stage = Arc::new(Stage::start(backend, setup.clone()).await);
        tasks.push(tokio::spawn(body(stage)));
    }
    for task in tasks {
        if let Err(error) = task.await {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}

impl Stage {
    async fn start(backend: TestBackend, setup: Setup) -> Self {
        let mut builder = WorldBuilder::default()
            .backend(backend)
            .latency(setup.latency)
            .shared_budget()
            .checkly(ChecklyOptions { total_timeout: setup.deadline, ..ChecklyOptions::default() })
            .sync_leases(SyncLeases { length_ms: setup.lease_ms, ..SyncLeases::default() });
        if setup.real_clock {
            builder = builder.real_clock();
        }
        let world = builder.build().await.unwrap();
        let project = world.project("shop").await.unwrap();
        let state = AppState {
            app: Arc::clone(&world.app),
            authenticator: Arc::new(Always(world.admin.clone())),
            readiness: Arc::new(Ready),
        };
        let router = keyferry_http::app(keyferry_api::router::router(state), HttpConfig::default());
        let control = Client::new(world.sim.url()).with_token(world.sim.control_token());
        let stage = Self { world, project, router, control, workers: Mutex::default(), setup };
        stage.start_workers().await;
        stage
    }

    /// Starts what runs jobs.
    pub async fn start_workers(&self) {
        let app = &self.world.app;
        let mut workers = self.workers.lock().await;
        for n in 0..self.setup.workers {
            let clock = Arc::clone(&app.clock);
            let config = WorkerConfig {
                owner: format!("worker-{n}"),
                concurrency: 64,
                lease_ms: self.setup.lease_ms,
                poll: Duration::from_millis(20),
            };
            let handlers = secret_syncs::handlers(app);
            workers.push(Worker::spawn(app.db.clone(), app.queue.clone(), handlers, config, Arc::new(move || clock.now_ms())));
        }
    }

    /// Ends what runs jobs as a crash would: nothing is waited for, and the leases are left as they are.
    pub async fn kill_workers(&self) {
        for worker in self.workers.lock().await.drain(..) {
            worker.stop(Duration::ZERO).await;
        }
    }

    /// Checkly, from inside.
    pub fn checkly(&self) -> &SimHandle {
        self.world.sim.state()
    }

    /// The control routes of Checkly's simulator.
    pub fn control(&self) -> &Client {
        &self.control
    }

    /// Switches faults on, as a user of the simulator would.
    pub async fn arm(&self, faults: &[Fault]) {
        self.control.post("/__control/faults", serde_json::to_value(faults).unwrap()).await;
    }

    /// Switches every fault off.
    pub async fn disarm(&self) {
        self.control.call("DELETE", "/__control/faults", None).await;
    }

    /// The calls since the last look.
    pub fn calls(&self) -> Vec<CallRecord> {
        let calls = self.checkly().log();
        self.checkly().clear_log();
        calls
    }

    /// Status and body of a request to the API, made by the organization's administrator.
    pub async fn try_api(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, "Bearer admin")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, "keyferry-tests");
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// The body of a request that succeeds.
    pub async fn api(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, body) = self.try_api(method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path} answered {status}: {body}");
        body
    }

    /// Lets time pass and wakes the worker.
    pub fn advance(&self, ms: i64) {
        self.world.clock.advance_ms(ms);
        self.world.app.queue.wake();
    }

    /// Whether no run of the sync works or is due; true for one that is gone.
    pub async fn is_settled(&self, sync: Uuid) -> bool {
        let conn = self.world.app.db.read();
        for kind in ["sync-secrets", "remove-secrets"] {
            let job = keyferry_db::jobs::find(conn, kind, &sync.to_string()).await.unwrap();
            if job.is_some_and(|job| job.state == "running" || job.run_at_ms <= self.world.app.now_ms()) {
                return false;
            }
        }
        true
    }

    /// Waits until no run of the sync works or is due.
    pub async fn settle(&self, sync: Uuid) {
        eventually("the sync comes to rest", async || self.is_settled(sync).await.then_some(())).await;
    }

    /// A name that nothing else has.
    pub fn name(&self, beginning: &str) -> String {
        format!("{beginning}-{}", &self.world.app.ids.v4().simple().to_string()[..12])
    }

    /// A new folder below the root of `prod`; its name.
    pub async fn folder(&self, name: &str) -> Value {
        let body = json!({"projectId": self.project, "environment": "prod", "name": name, "path": "/"});
        self.api("POST", "/api/v2/folders", body).await["folder"].clone()
    }

    /// A new connection with this key.
    pub async fn connection(&self, api_key: &str) -> String {
        let name = self.name("checkly");
        let body = json!({"name": name, "method": "api-key", "credentials": {"apiKey": api_key}});
        let made = self.api("POST", "/api/v1/app-connections/checkly", body).await;
        made["appConnection"]["id"].as_str().unwrap().to_owned()
    }
}

/// Every token is the administrator's: who may call what is another suite's matter.
struct Always(Caller);

#[async_trait]
impl Authenticator for Always {
    async fn authenticate(&self, _token: &str, origin: &Origin) -> Result<Caller, Error> {
        Ok(Caller { origin: origin.clone(), ..self.0.clone() })
    }
}

struct Ready;

#[async_trait]
impl Readiness for Ready {
    async fn ready(&self) -> Result<(), String> {
        Ok(())
    }
}
