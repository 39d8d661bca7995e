//! A private PostgreSQL for one run of the tests: own directory, own port, gone afterwards.

mod install;

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, getuid, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tempfile::TempDir;

use crate::say;

pub use install::find_or_install;

/// The system user that the server runs as when we are root, whom it refuses.
const USER: &str = "postgres";
/// How long the server may take to start or stop.
const DEADLINE: Duration = Duration::from_secs(60);

/// A running server; dropping it, Ctrl-C and SIGTERM stop it and remove its directory.
pub struct Postgres {
    running: Arc<Mutex<Option<Running>>>,
    url: String,
}

struct Running {
    server: Child,
    directory: TempDir,
}

impl Postgres {
    /// Makes a cluster and starts it on a free loopback port.
    ///
    /// # Errors
    /// When a step fails; the server's own words are in the message.
    pub fn start(binaries: &Path) -> anyhow::Result<Self> {
        // Directly under /tmp: a socket's path must stay under 100 bytes, and the server's user must be able to enter.
        let directory = tempfile::Builder::new().prefix("keyferry-pg-").tempdir_in("/tmp").context("cannot make a directory")?;
        let data = directory.path().join("data");
        let password = random_word()?;
        let password_file = directory.path().join("password");
        std::fs::write(&password_file, &password)?;
        give_to_user(directory.path())?;

        let mut initdb = as_user(&binaries.join("initdb"));
        initdb.arg("--pgdata").arg(&data).arg("--pwfile").arg(&password_file);
        initdb.args(["--username=postgres", "--locale=C.UTF-8", "--encoding=UTF8", "--no-sync"]);
        initdb.args(["--auth-local=reject", "--auth-host=password"]);
        let made = initdb.stdin(Stdio::null()).output().context("cannot start initdb")?;
        if !made.status.success() {
            bail!("initdb failed: {}", String::from_utf8_lossy(&made.stderr).trim());
        }

        let port = free_port()?;
        let log = directory.path().join("log");
        let mut command = as_user(&binaries.join("postgres"));
        command.arg("-D").arg(&data).arg("-k").arg(directory.path()).args(["-h", "127.0.0.1", "-p"]).arg(port.to_string());
        for setting in ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=500", "autovacuum=off"] {
            command.args(["-c", setting]);
        }
        let output = File::create(&log)?;
        let server =
            command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).spawn().context("cannot start postgres")?;
        let running = Arc::new(Mutex::new(Some(Running { server, directory })));
        stop_at_signals(Arc::clone(&running))?;
        let postgres = Self { running, url: format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres") };
        postgres.wait_until_ready(&binaries.join("pg_isready"), port, &log)?;
        say(format_args!("PostgreSQL runs on 127.0.0.1:{port}"));
        Ok(postgres)
    }

    /// The administrator's URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn wait_until_ready(&self, pg_isready: &Path, port: u16, log: &Path) -> anyhow::Result<()> {
        let started = Instant::now();
        loop {
            let mut ask = Command::new(pg_isready);
            ask.args(["-q", "-h", "127.0.0.1", "-p"]).arg(port.to_string());
            if ask.status().context("cannot start pg_isready")?.success() {
                return Ok(());
            }
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            let ended = running.as_mut().and_then(|r| r.server.try_wait().ok().flatten());
            if ended.is_some() || started.elapsed() > DEADLINE {
                bail!("PostgreSQL did not start: {}", std::fs::read_to_string(log).unwrap_or_default().trim());
            }
            drop(running);
            pause();
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        stop(&self.running);
    }
}

/// Between two looks at something that is on its way.
pub fn pause() {
    std::thread::park_timeout(Duration::from_millis(20));
}

fn stop(running: &Mutex<Option<Running>>) {
    let Some(Running { mut server, directory }) = running.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
    // SIGINT is PostgreSQL's fast stop: it breaks off sessions and ends in order.
    signal(&server, Signal::INT);
    let started = Instant::now();
    while matches!(server.try_wait(), Ok(None)) {
        if started.elapsed() > DEADLINE {
            signal(&server, Signal::KILL);
            server.wait().ok();
            break;
        }
        pause();
    }
    if let Err(error) = directory.close() {
        say(format_args!("cannot remove PostgreSQL's directory: {error}"));
    }
}

fn signal(server: &Child, signal: Signal) {
    if let Some(pid) = i32::try_from(server.id()).ok().and_then(Pid::from_raw) {
        kill_process(pid, signal).ok();
    }
}

/// Ctrl-C and its like end this program only after the server is gone.
fn stop_at_signals(running: Arc<Mutex<Option<Running>>>) -> anyhow::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("cannot wait for signals")?;
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            stop(&running);
            std::process::exit(128 + signal);
        }
    });
    Ok(())
}

/// A command in a process group of its own, so that Ctrl-C at the terminal reaches us first; as root, run as the server's user.
/// `--pdeathsig` stops the server even when this program is killed outright.
fn as_user(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "INT"]);
    if getuid().is_root() {
        command.args(["--reuid", USER, "--regid", USER, "--clear-groups"]);
    }
    command.arg("--").arg(program).current_dir("/").process_group(0);
    command
}

fn give_to_user(directory: &Path) -> anyhow::Result<()> {
    if !getuid().is_root() {
        return Ok(());
    }
    let owner = format!("{USER}:{USER}");
    let status = Command::new("chown").arg("-R").arg(owner).arg(directory).status().context("cannot start chown")?;
    if !status.success() {
        bail!("cannot give {} to the user {USER}", directory.display());
    }
    Ok(())
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?.local_addr()?.port())
}

/// 32 random hexadecimal digits.
fn random_word() -> anyhow::Result<String> {
    use std::io::Read as _;
    let mut bytes = [0_u8; 16];
    File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes)).context("no random numbers")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Newest first.
fn installed() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            let binaries = entry.path().join("bin");
            let whole = ["initdb", "postgres", "pg_isready"].iter().all(|name| binaries.join(name).is_file());
            whole.then_some((version, binaries))
        })
        .collect();
    found.sort();
    found.pop().map(|(_, binaries)| binaries)
}
