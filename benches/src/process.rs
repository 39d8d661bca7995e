//! The server under test as a process of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

/// How long the server may take to answer first.
const START_DEADLINE: Duration = Duration::from_secs(30);

/// The kernel's unit of processor time, the same on every Linux.
const TICKS_PER_SECOND: u32 = 100;

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
        Self::keyferry(Command::new(program), checkly_url).await
    }

    /// Like [`Server::start`], on the first core.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn start_pinned(program: &Path) -> anyhow::Result<Self> {
        Self::keyferry(pinned(program), "http://127.0.0.1:9").await
    }

    /// The trivial server, on the first core, too.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn start_hello() -> anyhow::Result<Self> {
        let listen = free_address()?;
        let mut command = pinned(&std::env::current_exe()?);
        command.args(["--program", "-", "--report", "-", "hello", &listen]);
        Self::spawn(command, listen, tempfile::tempdir()?).await
    }

    async fn keyferry(mut command: Command, checkly_url: &str) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        let listen = free_address()?;
        command
            .args(["serve", "--listen", &listen, "--checkly-api-url", checkly_url, "--log", "warn", "--data-dir"])
            .arg(dir.path());
        Self::spawn(command, listen, dir).await
    }

    async fn spawn(mut command: Command, listen: String, dir: TempDir) -> anyhow::Result<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let child = command
            .env_clear()
            .env("PATH", path)
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
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

    /// Where it listens.
    ///
    /// # Errors
    /// Never: it listens on an address.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.url.trim_start_matches("http://").parse()?)
    }

    /// Processor time so far, in the program and in the kernel for it.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn cpu_time(&self) -> anyhow::Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name, in parentheses, may hold blanks; the times are the 12th and 13th number after it.
        let (_, fields) = stat.rsplit_once(')').context("no name in stat")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u32>).sum::<Result<u32, _>>()?;
        Ok(Duration::from_secs(1) * ticks / TICKS_PER_SECOND)
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

/// A command for the first core, where `taskset` is there; otherwise for any.
fn pinned(program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", "0"]);
    if command.arg("true").status().is_ok_and(|status| status.success()) {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", "0"]).arg(program);
        return command;
    }
    Command::new(program)
}

fn free_address() -> anyhow::Result<String> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}
