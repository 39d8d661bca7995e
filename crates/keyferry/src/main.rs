//! The `keyferry` program: one file a verb under `commands/`; rules live in `domain`.

mod commands;
mod config;
mod process;
mod server;

use std::process::ExitCode;

use clap::Parser as _;
use commands::Asked;

fn main() -> ExitCode {
    if let Some(code) = keyferry_cli::stand_in() {
        return code;
    }
    process::quiet_panics();
    let program = match commands::Cli::parse().asked() {
        Asked::Client(command) => {
            process::hide();
            return keyferry_cli::run(command);
        }
        Asked::Program(program) => program,
    };
    process::harden();
    keyferry_connectors::tls::install();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::anyhow!("cannot start the runtime: {error}")),
    };
    match runtime.block_on(commands::run(program)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// One clear line, exit code 1.
#[expect(clippy::print_stderr, reason = "the program's last word to whoever started it")]
fn fail(error: &anyhow::Error) -> ExitCode {
    let line = format!("{error:#}").replace('\n', " ");
    eprintln!("keyferry: {line}");
    ExitCode::FAILURE
}
