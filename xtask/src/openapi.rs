//! `cargo xtask openapi`: rewrites the snapshot of the OpenAPI document and the pages made from it.

use crate::{cargo, docs, say};

/// Runs the snapshot test so that it writes instead of comparing, then writes the pages.
pub fn run() -> anyhow::Result<()> {
    let mut test = cargo::command(["test", "--package", "keyferry-api", "--test", "it", "openapi"]);
    cargo::run(test.env("UPDATE_SNAPSHOTS", "1"))?;
    docs::write()?;
    say("the snapshots and docs/reference are written; look at them with `git diff` before you commit them");
    Ok(())
}
