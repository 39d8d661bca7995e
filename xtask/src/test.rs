//! `cargo xtask test`: everything, on both databases.

use crate::cargo::{self, E2E, POSTGRES_URL, PREBUILT};
use crate::postgres::{self, Postgres};
use crate::{chromium, clients, deb, demo, docs, packaging, say, suite};

/// Builds everything once, runs the tests with a private PostgreSQL beside them, then the demo and the commands of the
/// documentation, and checks the packaging.
pub fn run() -> anyhow::Result<()> {
    let binaries = postgres::find_or_install()?;
    chromium::find_or_install()?;
    clients::prepare()?;
    // One command builds tests and programs with the same features, so that nothing is compiled twice.
    cargo::run(&mut cargo::command(["build", "--workspace", "--all-targets", E2E]))?;
    let server = Postgres::start(&binaries)?;
    suite::run(|| {
        let mut tests = cargo::command(["test", "--workspace", E2E]);
        tests.env(POSTGRES_URL, server.url()).env(PREBUILT, "1");
        tests
    })?;
    drop(server);
    demo::run()?;
    docs::run(Some(docs::Docs::Commands))?;
    packaging::check()?;
    deb::check()?;
    say("everything passed on SQLite and PostgreSQL");
    Ok(())
}
