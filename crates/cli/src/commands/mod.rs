//! One file a command.

pub mod completions;
pub mod export;
pub mod import;
pub mod init;
pub mod login;
pub mod logout;
pub mod run;
pub mod secrets;
pub mod syncs;

use std::process::ExitCode;

use tokio::runtime::Runtime;

use crate::Command;

/// Runs a command on this runtime.
pub fn dispatch(command: Command, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    let done = |outcome: anyhow::Result<()>| outcome.map(|()| ExitCode::SUCCESS);
    match command {
        Command::Login(args) => done(runtime.block_on(login::run(args))),
        Command::Logout(args) => done(runtime.block_on(logout::run(args))),
        Command::Init(args) => done(runtime.block_on(init::run(args))),
        Command::Secrets(command) => done(runtime.block_on(secrets::run(command))),
        // It waits for signals itself, outside of the runtime.
        Command::Run(args) => run::run(args, runtime),
        Command::Export(args) => done(runtime.block_on(export::run(args))),
        Command::Import(args) => done(runtime.block_on(import::run(args))),
        Command::Syncs(command) => runtime.block_on(syncs::run(command)),
    }
}
