//! A server in a process of its own, and the installation that outlives it.

use std::cell::Cell;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

use keyferry_db::{Db, DbConfig};
use keyferry_test_support::{TestBackend, eventually};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{Client, command};

/// Data directory, database and settings of a server that may be started many times.
pub struct Installation {
    directory: TempDir,
    database_url: Option<String>,
    checkly_url: String,
    log: &'static str,
    settings: Vec<(&'static str, String)>,
    starts: Cell<u32>,
}

impl Installation {
    /// An empty one.
    pub async fn new(backend: TestBackend, checkly_url: String) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database_url = match backend {
            TestBackend::Sqlite => None,
            TestBackend::Postgres => {
                // Only an embedded database gets a root key by itself.
                std::fs::create_dir(directory.path().join("data")).unwrap();
                std::fs::write(directory.path().join("data/root.key"), "33".repeat(32)).unwrap();
                Some(backend.fresh_url(&directory).await.unwrap())
            }
        };
        std::fs::create_dir(directory.path().join("logs")).unwrap();
        Self { directory, database_url, checkly_url, log: "info", settings: Vec::new(), starts: Cell::new(0) }
    }

    /// From now on servers log at this level.
    pub fn log(mut self, filter: &'static str) -> Self {
        self.log = filter;
        self
    }

    /// From now on servers have this variable in their environment.
    pub fn setting(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.settings.push((name, value.into()));
        self
    }

    /// The same database behind another URL, for example that of a proxy.
    pub fn with_database_url(mut self, url: String) -> Self {
        self.database_url = Some(url);
        self
    }

    pub fn data_dir(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub fn logs(&self) -> PathBuf {
        self.directory.path().join("logs")
    }

    /// A `serve` command on a free port.
    pub fn command(&self) -> Command {
        let mut command = self.verb("serve");
        command.env("KEYFERRY_LISTEN", "127.0.0.1:0");
        command
    }

    /// A command of this installation.
    pub fn verb(&self, verb: &str) -> Command {
        let mut command = command();
        command.arg(verb);
        command.env("KEYFERRY_DATA_DIR", self.data_dir()).env("KEYFERRY_CHECKLY_API_URL", &self.checkly_url);
        command.env("KEYFERRY_LOG", self.log).env("KEYFERRY_LOG_FORMAT", "json");
        if let Some(url) = &self.database_url {
            command.env("KEYFERRY_DATABASE_URL", url);
        }
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    pub fn database_url(&self) -> String {
        let file = || format!("sqlite://{}", self.data_dir().join("keyferry.db").display());
        self.database_url.clone().unwrap_or_else(file)
    }

    /// Starts a server and waits until it is ready.
    pub async fn start(&self) -> Server {
        self.start_command(self.command()).await
    }

    /// Starts a server by another command than [`Installation::command`].
    pub async fn start_command(&self, mut command: Command) -> Server {
        self.starts.set(self.starts.get() + 1);
        let log = |kind: &str| self.logs().join(format!("{}-{kind}", self.starts.get()));
        let (stdout, stderr) = (log("stdout"), log("stderr"));
        command.stdout(std::fs::File::create(&stdout).unwrap()).stderr(std::fs::File::create(&stderr).unwrap());
        let mut server = Server { child: command.spawn().unwrap(), address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        server.address = eventually("the server says where it listens", || {
            if let Some(status) = server.child.try_wait().unwrap() {
                panic!("the server ended ({status}): {}", std::fs::read_to_string(&stderr).unwrap());
            }
            std::future::ready(address(&stdout))
        })
        .await;
        let client = server.client();
        eventually("the server is ready", async || {
            let (status, _) = client.try_call("GET", "/readyz", None).await?;
            (status == 200).then_some(())
        })
        .await;
        server
    }
}

impl Installation {
    /// What a server on SQLite does at its start, for PostgreSQL: with no process alive, leases are free at once instead of after
    /// the half minute in which another replica could have been at work.
    pub async fn expire_leases(&self) {
        let Some(url) = &self.database_url else { return };
        let db = Db::connect(&DbConfig { url: url.clone(), max_connections: 2 }).await.unwrap();
        let tx = db.begin().await.unwrap();
        keyferry_db::jobs::release_all(&tx, 0).await.unwrap();
        keyferry_db::sync_runs::free_leases(&tx, "sync:").await.unwrap();
        keyferry_db::sync_runs::free_leases(&tx, "destination:").await.unwrap();
        tx.commit().await.unwrap();
        db.close().await;
    }
}

/// Read from the line that `serve` prints.
fn address(stdout: &Path) -> Option<SocketAddr> {
    let text = std::fs::read_to_string(stdout).ok()?;
    let line = text.lines().find_map(|line| line.split_once("http://"))?;
    line.1.trim().parse().ok()
}

/// A running server; dropping it kills it.
pub struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Where it listens, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client that has not signed in.
    pub fn client(&self) -> Client {
        Client::new(self.url())
    }

    /// Asks the server to stop (SIGTERM); see [`Server::ended`].
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// How the server ended, once it has.
    pub async fn ended(mut self) -> ExitStatus {
        eventually("the server ends", || std::future::ready(self.child.try_wait().unwrap())).await
    }

    /// Ends it at once and unasked (SIGKILL).
    pub async fn kill(self) {
        self.signal(Signal::KILL);
        self.ended().await;
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap()
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
