//! A server in a process of its own, and the installation that outlives it.

use std::cell::Cell;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

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
        Self { directory, database_url, checkly_url, log: "info", starts: Cell::new(0) }
    }

    /// From now on servers log at this level.
    pub fn log(mut self, filter: &'static str) -> Self {
        self.log = filter;
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
        command
    }

    pub fn database_url(&self) -> String {
        let file = || format!("sqlite://{}", self.data_dir().join("keyferry.db").display());
        self.database_url.clone().unwrap_or_else(file)
    }

    /// Starts a server and waits until it is ready.
    pub async fn start(&self) -> Server {
        self.starts.set(self.starts.get() + 1);
        let log = |kind: &str| self.logs().join(format!("{}-{kind}", self.starts.get()));
        let (stdout, stderr) = (log("stdout"), log("stderr"));
        let mut command = self.command();
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

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
