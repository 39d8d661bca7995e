//! `cargo xtask check`: what has to hold before each commit.

use crate::cargo::{self, E2E};

/// Format, clippy, and the tests on SQLite.
pub fn run() -> anyhow::Result<()> {
    cargo::run(&mut cargo::command(["fmt", "--all", "--check"]))?;
    cargo::run(&mut cargo::command(["clippy", "--workspace", "--all-targets", E2E, "--", "-D", "warnings"]))?;
    cargo::run(&mut cargo::command(["test", "--workspace"]))
}
