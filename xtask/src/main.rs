//! What a contributor runs: `cargo xtask <verb>`, one file a verb.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests fail by panicking"))]

mod bench;
mod cargo;
mod check;
mod chromium;
mod clients;
mod deb;
mod debian;
mod demo;
mod docs;
mod openapi;
mod packaging;
mod postgres;
mod suite;
mod test;
mod torture;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Keyferry's development commands")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Format, clippy and the tests on SQLite; run it before each commit.
    Check,
    /// The whole suite on SQLite and on a PostgreSQL that it starts itself, then the demo.
    Test,
    /// Install the official clients and Schemathesis, which the end-to-end tests run.
    Clients,
    /// Writers at work while the server is killed 50 times, on both databases; minutes.
    Torture,
    /// Side-by-side benchmarks that print ratios.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Build the Debian package, with completions and manual pages; needs `cargo-deb`.
    Deb,
    /// Rewrite the snapshot of the OpenAPI document after a wanted change of the API.
    Openapi,
    /// Write the API reference and the table of endpoints; `docs build` makes the book of all pages.
    Docs {
        #[command(subcommand)]
        verb: Option<docs::Docs>,
    },
}

fn main() -> ExitCode {
    let verb = Cli::parse().verb;
    let result = match verb {
        Verb::Check => check::run(),
        Verb::Test => test::run(),
        Verb::Clients => clients::prepare(),
        Verb::Torture => torture::run(),
        Verb::Bench(bench) => bench::run(bench),
        Verb::Deb => deb::run(),
        Verb::Openapi => openapi::run(),
        Verb::Docs { verb } => docs::run(verb),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!("xtask: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Writes a line for the person at the terminal; a closed pipe is no failure.
fn say(line: impl std::fmt::Display) {
    use std::io::Write as _;
    writeln!(std::io::stderr(), "{line}").ok();
}
