//! Somebody with a home directory of their own, and the commands they type.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

use keyferry_test_support::{TestBackend, eventually};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Checkly, Ended, Installation, Journey, Server, command, run_to_end};

/// A person at a directory of their own, beside a server with their project.
pub struct Person {
    pub checkly: Checkly,
    _installation: Installation,
    pub server: Server,
    pub journey: Journey,
    home: TempDir,
}

impl Person {
    /// On SQLite, signed in.
    pub async fn signed_in() -> Self {
        let person = Self::new(TestBackend::Sqlite).await;
        person.sign_in().await;
        person
    }

    /// Not signed in.
    pub async fn new(backend: TestBackend) -> Self {
        let checkly = Checkly::start().await;
        let installation = Installation::new(backend, checkly.url()).await;
        let server = installation.start().await;
        let journey = Journey::begin(&server).await;
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("project")).unwrap();
        Self { checkly, _installation: installation, server, journey, home }
    }

    /// Signs in by password and binds the directory to the project.
    pub async fn sign_in(&self) {
        let url = self.server.url();
        let login = ["login", "--server", &url, "--email", "ann@example.com"];
        let signed_in = self.typed(&login, &self.journey.password).await;
        assert!(signed_in.status.success(), "{}", signed_in.stderr);
        self.done(&["init", "--project", &self.journey.project, "--env", "prod"]).await;
    }

    /// The directory in which commands are typed.
    pub fn directory(&self) -> PathBuf {
        self.home.path().join("project")
    }

    /// The file with logins.
    pub fn credentials(&self) -> PathBuf {
        self.home.path().join("config/keyferry/credentials.json")
    }

    /// A command, in an environment with nothing of the caller's that the program looks at.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command();
        self.prepare(&mut command);
        command.args(arguments);
        command
    }

    /// The same with every signal as it is by default, whatever this test was started with (`nohup`, a shell's `&`).
    pub fn undisturbed(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("env");
        self.prepare(&mut command);
        command.arg("--default-signal").arg(self.command(&[]).get_program()).args(arguments);
        command
    }

    /// Gives any command this person's environment.
    pub fn prepare(&self, command: &mut Command) {
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("INFISICAL_") || name.starts_with("KEYFERRY_")) {
                command.env_remove(name);
            }
        }
        command.env_remove("DBUS_SESSION_BUS_ADDRESS").env_remove("XDG_RUNTIME_DIR").env_remove("NO_COLOR");
        command.env("HOME", self.home.path()).env("XDG_CONFIG_HOME", self.home.path().join("config"));
        command.current_dir(self.directory());
    }

    /// Runs a command to its end.
    pub async fn run(&self, arguments: &[&str]) -> Ended {
        run_to_end(self.command(arguments)).await
    }

    /// Runs a command that succeeds; answers its standard output.
    pub async fn done(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments).await;
        assert!(ended.status.success(), "{arguments:?} ended with {:?}: {}", ended.status, ended.stderr);
        ended.stdout
    }

    /// The JSON that a command prints.
    pub async fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.done(arguments).await).unwrap()
    }

    /// Runs a command with this text on its standard input.
    pub async fn typed(&self, arguments: &[&str], text: &str) -> Ended {
        piped(self.command(arguments), text).await
    }

    /// A machine identity that may read the project: client id and secret.
    pub async fn machine(&self) -> (String, String) {
        let client = &self.journey.client;
        let body = json!({"name": "ci", "organizationId": self.journey.organization, "role": "member"});
        let created = client.post("/api/v1/identities", body).await;
        let identity = created["identity"]["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/auth/universal-auth/identities/{identity}");
        let attached = client.post(&path, json!({})).await;
        let client_id = attached["identityUniversalAuth"]["clientId"].as_str().unwrap().to_owned();
        let made = client.post(&format!("{path}/client-secrets"), json!({})).await;
        let member = format!("/api/v1/projects/{}/memberships/identities/{identity}", self.journey.project);
        client.post(&member, json!({"roles": [{"role": "member"}]})).await;
        (client_id, made["clientSecret"].as_str().unwrap().to_owned())
    }
}

/// Runs a command with this text on its standard input.
pub async fn piped(mut command: Command, text: &str) -> Ended {
    let input = tempfile::NamedTempFile::new().unwrap();
    input.as_file().write_all(text.as_bytes()).unwrap();
    command.stdin(std::fs::File::open(input.path()).unwrap());
    run_to_end(command).await
}

/// A command that goes on by itself and writes to a file; dropping it kills it.
pub struct Running {
    child: Child,
    output: tempfile::NamedTempFile,
}

impl Running {
    /// Starts it.
    pub fn start(mut command: Command) -> Self {
        let output = tempfile::NamedTempFile::new().unwrap();
        // One file for both, each time at its end.
        let both = std::fs::OpenOptions::new().append(true).open(output.path()).unwrap();
        command.stdout(both.try_clone().unwrap()).stderr(both);
        Self { child: command.spawn().unwrap(), output }
    }

    /// What it has said so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.output.path()).unwrap()
    }

    /// Waits until it says a line with this; answers the line.
    pub async fn says(&self, word: &str) -> String {
        eventually(&format!("it says {word}"), || {
            let line = self.said().lines().find(|line| line.contains(word)).map(str::to_owned);
            std::future::ready(line)
        })
        .await
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// How it ended, once it has, and all it said.
    pub async fn ended(mut self) -> (ExitStatus, String) {
        let status = eventually("it ends", || std::future::ready(self.child.try_wait().unwrap())).await;
        (status, self.said())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Whether a process is there and no zombie.
pub fn is_alive(pid: &str) -> bool {
    let status = std::fs::read_to_string(Path::new("/proc").join(pid.trim()).join("status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains('Z') && !line.contains('X'))
}
