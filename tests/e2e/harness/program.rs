//! Finds the `keyferry` program and runs it.

use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// Set by `cargo xtask test`, which has built everything already.
const PREBUILT: &str = "KEYFERRY_TEST_PREBUILT";
/// How long a program that should end may take on a busy machine.
const DEADLINE_SECONDS: u64 = 120;

/// A `keyferry` command that sees none of the caller's settings.
pub fn command() -> Command {
    let mut command = Command::new(program());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("KEYFERRY_")) {
            command.env_remove(name);
        }
    }
    command.env_remove("CREDENTIALS_DIRECTORY").stdin(Stdio::null());
    command
}

/// How a program ended and what it said.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command that is expected to end by itself.
pub async fn run_to_end(command: Command) -> Ended {
    run_to_end_within(command, DEADLINE_SECONDS).await
}

/// Like [`run_to_end`], for a command that has much to do.
pub async fn run_to_end_within(command: Command, seconds: u64) -> Ended {
    let mut command = tokio::process::Command::from(command);
    let output = command.kill_on_drop(true).output();
    let output = tokio::time::timeout(Duration::from_secs(seconds), output).await.expect("the program did not end").unwrap();
    Ended {
        status: output.status,
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The program beside this test in the build directory; built first unless somebody did.
fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if std::env::var_os(PREBUILT).is_none() {
            let built = Command::new(env!("CARGO")).args(["build", "--quiet", "--package", "keyferry"]).status().unwrap();
            assert!(built.success(), "keyferry does not build");
        }
        let test = std::env::current_exe().unwrap();
        let program = test.ancestors().nth(2).unwrap().join("keyferry");
        assert!(program.is_file(), "{} is missing", program.display());
        program
    })
}
