//! `cargo xtask torture`: kills, crowds and random operations, for long.

use crate::cargo::{self, E2E, POSTGRES_URL};
use crate::postgres::{self, Postgres};
use crate::say;

/// How often the server is killed.
const KILLS: u32 = 50;

/// Rounds of the random operations.
const ROUNDS: u32 = 60;
/// Syncs on one API key.
const SYNCS: u32 = 1_000;

/// Runs everything that may take long, on SQLite and on a PostgreSQL of its own.
pub fn run() -> anyhow::Result<()> {
    let server = Postgres::start(&postgres::find_or_install()?)?;
    // Another one each time; the same numbers again with KEYFERRY_TEST_SEED.
    let seed = std::env::var("KEYFERRY_TEST_SEED").unwrap_or_else(|_| std::process::id().to_string());
    say(format_args!("seed of the random operations: {seed}"));
    let mut processes =
        cargo::command(["test", "--package", "keyferry-e2e", E2E, "--", "storm", "kill_points", "model", "replicas"]);
    processes.env(POSTGRES_URL, server.url()).env("KEYFERRY_TEST_KILLS", KILLS.to_string());
    processes.env("KEYFERRY_TEST_ROUNDS", ROUNDS.to_string()).env("KEYFERRY_TEST_SEED", &seed);
    cargo::run(&mut processes)?;
    let mut crowd = cargo::command(["test", "--package", "keyferry-domain", "--test", "it", "--", "crowd"]);
    crowd.env(POSTGRES_URL, server.url()).env("KEYFERRY_TEST_SYNCS", SYNCS.to_string());
    cargo::run(&mut crowd)?;
    say(format_args!("nothing was lost in {KILLS} kills on each database, and {SYNCS} syncs of one key got through"));
    Ok(())
}
