//! Runs cargo in the workspace.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::say;

/// Where tests find an administrator's URL of the PostgreSQL to use.
pub const POSTGRES_URL: &str = "KEYFERRY_TEST_POSTGRES_URL";
/// Tells the end-to-end tests that the program is built already.
pub const PREBUILT: &str = "KEYFERRY_TEST_PREBUILT";
/// The feature that adds the end-to-end tests.
pub const E2E: &str = "--features=keyferry-e2e/e2e";

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Where cargo puts what it builds in the dev profile.
pub fn target_debug() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from).join("debug")
}

/// A cargo command that sees none of the caller's `KEYFERRY_…` settings.
pub fn command<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(args);
    without_settings(&mut command);
    command
}

/// Removes every `KEYFERRY_…` variable from the command's environment.
pub fn without_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("KEYFERRY_")) {
            command.env_remove(name);
        }
    }
}

/// Shows and runs a command.
///
/// # Errors
/// When it cannot be started or fails.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let line = shown(command);
    say(format_args!("$ {line}"));
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let args = command.get_args().map(|arg| arg.to_string_lossy().into_owned());
    std::iter::once(program).chain(args).collect::<Vec<_>>().join(" ")
}
