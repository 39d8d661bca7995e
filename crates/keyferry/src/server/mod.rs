//! Puts the parts together: directory, lock, keys, database, worker, HTTP.

pub mod data_dir;
mod logs;
mod metrics;
mod readiness;
pub mod root_key;
mod signals;
#[cfg(debug_assertions)]
mod steps;
mod transport;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use keyferry_connectors::Registry;
use keyferry_crypto::{PasswordCost, PasswordHasher};
use keyferry_db::{Backend, Db, DbConfig};
use keyferry_domain::access::AbilityCache;
use keyferry_domain::authentication::TokenCache;
use keyferry_domain::rate_budget::SharedBudget;
use keyferry_domain::{App, Clock, Ids, Settings, SyncLeases, SystemClock, SystemIds, installation};
use keyferry_http::{AppState, HttpConfig, TokenAuthenticator};
use keyferry_jobs::{Handler, Queue, Worker, WorkerConfig, WorkerHandle};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Origin};

pub use logs::init_logs;
pub use signals::stop_signal;
#[cfg(debug_assertions)]
pub use steps::KILL_FILE;

/// Connections to the database.
const DB_CONNECTIONS: u32 = 16;
/// How many passwords are hashed at once; each takes 19 MiB.
const PASSWORD_HASHES: usize = 2;
/// How many jobs run at once in this process. Most of their time is waiting, for Checkly or for their key's rate budget.
const JOB_CONCURRENCY: usize = 128;
/// How many webhooks are called at once; they wait for receivers, so they have places of their own.
const WEBHOOK_CONCURRENCY: usize = 8;
/// How long a job may go without a sign of life before another process takes it over.
const JOB_LEASE_MS: i64 = 30_000;
/// How long the worker sleeps between looks at the queue when nobody wakes it.
const JOB_POLL: Duration = Duration::from_millis(250);
/// How long requests in flight and running jobs may take at the stop.
const STOP_GRACE: Duration = Duration::from_secs(3);

/// A running server.
pub struct Server {
    addr: SocketAddr,
    metrics_addr: Option<SocketAddr>,
    metrics: Option<transport::Transport>,
    app: Arc<App>,
    worker: Arc<WorkerHandle>,
    webhooks: WorkerHandle,
    transport: transport::Transport,
    setup_token: Option<SecretString>,
    _lock: Option<data_dir::Lock>,
}

impl Server {
    /// Starts everything, in an order that changes nothing before what can refuse has been asked.
    ///
    /// # Errors
    /// One line that says what is wrong and the way out.
    pub async fn start(config: &Config) -> anyhow::Result<Self> {
        let listen = config.listen.value;
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("cannot listen on {listen} ({}); choose another with --listen", config.listen.origin))?;
        let addr = listener.local_addr()?;
        let metrics_listener = metrics::bind(config).await?;
        let metrics_addr = metrics_listener.as_ref().map(TcpListener::local_addr).transpose()?;

        let lock = match config.sqlite_file() {
            Some(file) => {
                data_dir::prepare(&config.data_dir.value)?;
                Some(data_dir::Lock::take(&file)?)
            }
            None => None,
        };
        let (db, root_key) = open_database(config).await?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn Ids> = Arc::new(SystemIds);
        let installation = installation::open(&db, root_key, clock.now_ms(), ids.as_ref()).await?;
        let app = Arc::new(App {
            keys: installation.keys,
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            settings: Settings {
                public_url: config.public_address(addr)?.as_str().trim_end_matches('/').to_owned(),
                checkly_api_origin: config.checkly_api_url.value.origin().ascii_serialization(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                sync_leases: SyncLeases::default(),
            },
            passwords: PasswordHasher::new(PasswordCost::Standard, PASSWORD_HASHES),
            connectors: Registry::with_checkly(config.checkly_api_url.value.clone())?,
            budget: Arc::new(SharedBudget::new(db.clone(), Arc::clone(&clock), Arc::clone(&ids))),
            outbound: keyferry_outbound::Client::new(config.outbound_allow.value.clone()),
            queue: Queue::new(),
            audit: keyferry_domain::audit::Sink::start(db.clone()),
            abilities: AbilityCache::default(),
            tokens: TokenCache::default(),
            #[cfg(debug_assertions)]
            steps: steps::from_environment(),
            #[cfg(not(debug_assertions))]
            steps: keyferry_domain::steps::Steps::default(),
            db,
        });
        if app.db.backend() == Backend::Sqlite {
            // The lock file says that no other process is alive, so whoever ran these jobs is gone.
            let tx = app.db.begin().await?;
            keyferry_db::jobs::release_all(&tx, app.now_ms()).await?;
            tx.commit().await?;
        }
        keyferry_domain::secret_syncs::recover(&app).await?;
        let paused = keyferry_db::secret_syncs::count_paused(app.db.read()).await?;
        if paused > 0 {
            tracing::warn!(
                paused,
                "{paused} syncs are paused after a restore; each runs again once it is triggered by hand or changed (PATCH)"
            );
        }
        let worker = Arc::new(start_worker(&app, keyferry_domain::secret_syncs::handlers(&app), JOB_CONCURRENCY));
        let webhooks = start_worker(&app, keyferry_domain::webhooks::handlers(&app), WEBHOOK_CONCURRENCY);
        let state = AppState {
            authenticator: Arc::new(TokenAuthenticator::new(Arc::clone(&app))),
            readiness: Arc::new(readiness::ServerReadiness::new(Arc::clone(&app), Arc::clone(&worker))),
            app: Arc::clone(&app),
        };
        let router = keyferry_http::app(
            keyferry_api::router::router(state.clone()).merge(keyferry_web::router(state)),
            http_config(config)?,
        );
        let transport = transport::Transport::start(listener, router, CancellationToken::new());
        let metrics = match metrics_listener {
            Some(listener) => {
                let router = metrics::router(Arc::clone(&app))?;
                Some(transport::Transport::start(listener, router, CancellationToken::new()))
            }
            None => None,
        };
        tracing::info!(%addr, backend = ?app.db.backend(), "serving");
        Ok(Self {
            addr,
            metrics_addr,
            metrics,
            app,
            worker,
            webhooks,
            transport,
            setup_token: installation.setup_token,
            _lock: lock,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where the metrics are shown.
    #[must_use]
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics_addr
    }

    /// The token that lets somebody elsewhere set this server up, at its first start only.
    #[must_use]
    pub fn setup_token(&self) -> Option<&str> {
        self.setup_token.as_ref().map(|token| token.expose_secret())
    }

    /// Answers requests in flight, releases running jobs, writes what waits, closes the database.
    pub async fn stop(self) {
        tracing::info!("stopping");
        tokio::join!(self.transport.stop(STOP_GRACE), self.worker.stop(STOP_GRACE), self.webhooks.stop(STOP_GRACE));
        if let Some(metrics) = self.metrics {
            metrics.stop(Duration::ZERO).await;
        }
        self.app.audit.flush().await;
        self.app.db.clone().close().await;
        tracing::info!("stopped");
    }
}

fn http_config(config: &Config) -> anyhow::Result<HttpConfig> {
    let mut trusted_proxies = Vec::new();
    for text in &config.trusted_proxies.value {
        let range = text.parse().ok().with_context(|| {
            format!("trusted_proxies ({}) must be addresses or ranges such as 10.0.0.0/8", config.trusted_proxies.origin)
        })?;
        trusted_proxies.push(range);
    }
    let public_url = &config.public_url;
    // An address that nobody set says nothing about where browsers come from (core API contract, section 1.1).
    let is_set = public_url.origin != Origin::Default;
    let cors_origins = if is_set { vec![public_url.value.origin().ascii_serialization()] } else { Vec::new() };
    let https_only = public_url.value.scheme() == "https";
    Ok(HttpConfig { trusted_proxies, cors_origins, https_only, ..HttpConfig::default() })
}

fn start_worker(app: &Arc<App>, handlers: Vec<Arc<dyn Handler>>, concurrency: usize) -> WorkerHandle {
    let clock = Arc::clone(&app.clock);
    let config = WorkerConfig { owner: app.ids.v4().to_string(), concurrency, lease_ms: JOB_LEASE_MS, poll: JOB_POLL };
    Worker::spawn(app.db.clone(), app.queue.clone(), handlers, config, Arc::new(move || clock.now_ms()))
}

/// Opens the database with its root key and brings the schema up to date.
async fn open_database(config: &Config) -> anyhow::Result<(Db, keyferry_crypto::RootKey)> {
    let db_config = DbConfig { url: config.database_url.value.expose_secret().to_owned(), max_connections: DB_CONNECTIONS };
    let is_new_file = config.sqlite_file().is_some_and(|file| !file.exists());
    if is_new_file {
        let key = root_key::find_or_create(config)?;
        let db = Db::connect(&db_config).await.context("cannot open the database")?;
        db.migrate().await.context("cannot prepare the database")?;
        return Ok((db, key));
    }
    let db = Db::connect(&db_config)
        .await
        .with_context(|| format!("cannot open the database (database_url from {})", config.database_url.origin))?;
    match unlock(config, &db).await {
        Ok(key) => Ok((db, key)),
        Err(error) => {
            // A refused start leaves nothing behind, not even the files that SQLite keeps while it is open.
            db.close().await;
            Err(error)
        }
    }
}

/// The root key of a database that is there already, proven against it before anything is changed.
async fn unlock(config: &Config, db: &Db) -> anyhow::Result<keyferry_crypto::RootKey> {
    let key = if db.is_new().await? && config.sqlite_file().is_some() {
        root_key::find_or_create(config)?
    } else {
        let needed = installation::root_key_fingerprint(db).await?;
        root_key::find(config, needed.as_deref())?
    };
    installation::check_root_key(db, &key).await?;
    db.migrate().await.context("cannot bring the database up to date")?;
    Ok(key)
}
