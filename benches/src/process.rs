//! The server under test as a process of its own.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

/// How long the server may take to answer first.
const START_DEADLINE: Duration = Duration::from_secs(30);

/// A running `keyferry serve`; killed at the drop.
pub struct Server {
    child: Child,
    /// Its address.
    pub url: String,
    _dir: TempDir,
}

impl Server {
    /// Starts the program on a free port with a fresh data directory.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn start(program: &Path, checkly_url: &str) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let listen = format!("127.0.0.1:{port}");
        let child = Command::new(program)
            .args(["serve", "--listen", &listen, "--checkly-api-url", checkly_url, "--log", "warn", "--data-dir"])
            .arg(dir.path())
            .env_clear()
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let server = Self { child, url: format!("http://{listen}"), _dir: dir };
        let client = crate::client::Client::new(server.url.clone())?;
        let start = Instant::now();
        while client.get("/api/status").await.is_err() {
            if start.elapsed() > START_DEADLINE {
                bail!("the server did not answer within {START_DEADLINE:?}");
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(server)
    }

    /// Resident memory in bytes, from the kernel.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn resident_bytes(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
