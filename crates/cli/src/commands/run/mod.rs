//! `keyferry run`: a command with secrets in its environment, which meets the world as if it had been started directly.

mod child;
mod environment;
mod supervise;
mod watch;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use clap::Args;
use tokio::runtime::Runtime;

use super::export::warn_shadowed;
use super::secrets::{ReadingArgs, TargetArgs};
use crate::api::Api;
use crate::place::Place;
use crate::secrets::{self, Reading, Secret};
use crate::session;
pub use child::stand_in;
use environment::Rules;
use supervise::Supervisor;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    /// Start the command again when a secret changes.
    #[arg(long)]
    watch: bool,
    /// Seconds between two looks with --watch.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    watch_interval: u64,
    /// Leave the variables that sign in to the server in the command's environment.
    #[arg(long)]
    keep_token: bool,
    /// Let secrets replace variables such as PATH, HOME and LD_PRELOAD, which decide what runs.
    #[arg(long)]
    allow_reserved: bool,
    /// A line for the shell ($SHELL -c) instead of a command.
    #[arg(long, short, value_name = "LINE", conflicts_with = "program")]
    command: Option<OsString>,
    /// The command and its arguments.
    #[arg(value_name = "CMD", trailing_var_arg = true, allow_hyphen_values = true, required_unless_present = "command")]
    program: Vec<OsString>,
}

/// Where the secrets come from, again and again with `--watch`.
#[derive(Clone)]
struct Source {
    api: Api,
    place: Place,
    reading: Reading,
}

impl Source {
    async fn read(&self) -> anyhow::Result<(Vec<Secret>, Vec<String>)> {
        Ok(secrets::effective(secrets::list(&self.api, &self.place, self.reading).await?))
    }
}

/// Runs the command; answers its exit code, or 128 and the number of the signal that ended it.
pub fn run(args: RunArgs, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    let program = command_line(args.command, args.program);
    let rules = Rules { keep_token: args.keep_token, allow_reserved: args.allow_reserved };
    let (source, found) = runtime.block_on(async {
        let api = session::open(&args.target.server).await?;
        let place = args.target.place.resolve(&api).await?;
        let source = Source { api, place, reading: args.reading.reading(true) };
        let (found, shadowed) = source.read().await?;
        warn_shadowed(&shadowed);
        anyhow::Ok((source, found))
    })?;
    let environment = environment::compose(std::env::vars_os(), &found, rules);
    environment.warn();
    let (sender, events) = mpsc::channel();
    let supervisor = Supervisor::begin(sender.clone(), events)?;
    if args.watch {
        watch::begin(source, found, rules, Duration::from_secs(args.watch_interval), sender)?;
    }
    supervisor.run(&program, environment)
}

fn command_line(line: Option<OsString>, program: Vec<OsString>) -> Vec<OsString> {
    let Some(line) = line else { return program };
    let shell = std::env::var_os("SHELL").filter(|shell| !shell.is_empty()).unwrap_or_else(|| "/bin/sh".into());
    vec![shell, "-c".into(), line]
}
