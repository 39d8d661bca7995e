//! The verbs of the command line, one file each.

mod backup;
mod checkly_sim;
mod config;
mod database;
mod demo;
mod doctor;
mod new_file;
mod passphrase;
mod restore;
mod serve;
mod version;

use clap::{Parser, Subcommand};

/// Self-hosted secrets manager that keeps Checkly's variables equal to a folder of secrets.
#[derive(Debug, Parser)]
#[command(name = "keyferry", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    Serve(serve::ServeArgs),
    /// Show the main job from end to end on this machine: a server, a simulated Checkly, a first sync.
    Demo(demo::DemoArgs),
    /// Run a simulator of Checkly's API on a loopback address.
    ChecklySim(keyferry_checkly_sim::cli::SimArgs),
    /// Make or check a backup, beside the running server.
    #[command(subcommand)]
    Backup(backup::BackupCommand),
    /// Put a backup into an empty database; the server must not run.
    Restore(restore::RestoreArgs),
    /// Check this installation and say what to do.
    Doctor(doctor::DoctorArgs),
    /// Print the version.
    Version,
    /// Look at the configuration.
    #[command(subcommand)]
    Config(config::ConfigCommand),
}

/// Runs the verb.
///
/// # Errors
/// One clear line for the user.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Serve(args) => serve::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::ChecklySim(args) => checkly_sim::run(args).await,
        Command::Backup(command) => backup::run(command).await,
        Command::Restore(args) => restore::run(args).await,
        Command::Doctor(args) => doctor::run(args).await,
        Command::Version => version::run(),
        Command::Config(command) => config::run(command),
    }
}

/// Writes a line to standard output; a reader who closed the pipe is no failure.
pub(crate) fn say(line: impl std::fmt::Display) {
    use std::io::Write as _;
    writeln!(std::io::stdout(), "{line}").ok();
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_argument_parser_is_sound() {
        super::Cli::command().debug_assert();
    }
}
