//! Keyferry's commands for people: a client of the public API of any Keyferry (or Infisical) server, with no server code in it.
//!
//! A command finds its server ([`server`]), a token for it ([`session`]) and the place it is about ([`place`]), speaks to the API
//! ([`api`]) and shows what came back ([`output`]). Values stay masked until somebody asks for them, and never reach an error.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests fail by panicking"))]

mod api;
mod commands;
mod failure;
mod files;
pub mod new_file;
mod output;
mod place;
mod secrets;
mod server;
mod session;
mod store;
pub mod terminal;

use std::process::ExitCode;

use clap::Subcommand;
pub use commands::completions::{CompletionsArgs, ManArgs, completions, man};
pub use commands::run::stand_in;

/// Environment variables of the client; a server lets them be.
pub const VARIABLES: &[&str] = &[
    server::URL,
    session::TOKEN,
    session::CLIENT_ID,
    session::CLIENT_SECRET,
    place::PROJECT_ID,
    place::ENVIRONMENT,
    place::SECRET_PATH,
    store::KEYRING,
];

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign in to a server and keep the token.
    Login(commands::login::LoginArgs),
    /// Sign out and forget the token.
    Logout(commands::logout::LogoutArgs),
    /// Choose the project of this directory; writes `.infisical.json`.
    Init(commands::init::InitArgs),
    /// Look at secrets and change them.
    #[command(subcommand)]
    Secrets(commands::secrets::SecretsCommand),
    /// Run a command with the secrets in its environment.
    Run(commands::run::RunArgs),
    /// Write secrets to a file or to standard output.
    Export(commands::export::ExportArgs),
    /// Put the secrets of a .env, JSON or YAML file into a folder.
    Import(commands::import::ImportArgs),
    /// Look at syncs to Checkly, plan and run them.
    #[command(subcommand)]
    Syncs(commands::syncs::SyncsCommand),
}

/// Runs a command to its end. Exit codes: 0 done, 1 failed, 2 used wrongly; `run` has those of the command it ran.
#[must_use]
pub fn run(command: Command) -> ExitCode {
    // Somebody else's provider is as good.
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| anyhow::anyhow!("cannot start the runtime: {error}"))
        .and_then(|runtime| commands::dispatch(command, &runtime));
    match outcome {
        Ok(code) => code,
        Err(error) => failure::report(&error),
    }
}
