//! `cargo xtask torture`: the storm of kills, for long.

use crate::cargo::{self, E2E, POSTGRES_URL};
use crate::postgres::{self, Postgres};
use crate::say;

/// How often the server is killed.
const KILLS: u32 = 50;

/// Runs the storm on SQLite and on a PostgreSQL of its own.
pub fn run() -> anyhow::Result<()> {
    let server = Postgres::start(&postgres::find_or_install()?)?;
    let mut storm = cargo::command(["test", "--package", "keyferry-e2e", E2E, "--", "storm"]);
    storm.env(POSTGRES_URL, server.url()).env("KEYFERRY_TEST_KILLS", KILLS.to_string());
    cargo::run(&mut storm)?;
    say(format_args!("nothing was lost in {KILLS} kills on each database"));
    Ok(())
}
