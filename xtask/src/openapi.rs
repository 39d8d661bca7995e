//! `cargo xtask openapi`: rewrites the snapshot of the OpenAPI document.

use crate::cargo;
use crate::say;

/// Runs the snapshot test so that it writes instead of comparing.
pub fn run() -> anyhow::Result<()> {
    let mut test = cargo::command(["test", "--package", "keyferry-api", "openapi"]);
    cargo::run(test.env("UPDATE_SNAPSHOTS", "1"))?;
    say("the snapshot is written; look at it with `git diff` before you commit it");
    Ok(())
}
