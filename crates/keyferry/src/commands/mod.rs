//! The verbs of the command line, one file each.

mod backup;
mod checkly_sim;
mod config;
mod database;
mod demo;
mod doctor;
mod passphrase;
mod restore;
mod serve;
mod version;

use clap::{CommandFactory as _, Parser, Subcommand};

/// Self-hosted secrets manager that keeps Checkly's variables equal to a folder of secrets.
#[derive(Debug, Parser)]
#[command(name = "keyferry", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Client(keyferry_cli::Command),
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
    /// Print the completion script for a shell.
    Completions(keyferry_cli::CompletionsArgs),
    /// Write the manual pages.
    Man(keyferry_cli::ManArgs),
}

/// What was asked for.
pub enum Asked {
    /// A command for people, which waits for signals itself.
    Client(keyferry_cli::Command),
    /// Anything else.
    Program(Program),
}

/// A command that runs on the program's runtime.
pub struct Program(Command);

impl Cli {
    /// Tells them apart.
    pub fn asked(self) -> Asked {
        match self.command {
            Command::Client(command) => Asked::Client(command),
            command => Asked::Program(Program(command)),
        }
    }
}

/// Runs the verb.
///
/// # Errors
/// One clear line for the user.
pub async fn run(Program(command): Program) -> anyhow::Result<()> {
    match command {
        // Told apart before.
        Command::Client(_) => Ok(()),
        Command::Serve(args) => serve::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::ChecklySim(args) => checkly_sim::run(args).await,
        Command::Backup(command) => backup::run(command).await,
        Command::Restore(args) => restore::run(args).await,
        Command::Doctor(args) => doctor::run(args).await,
        Command::Version => version::run(),
        Command::Config(command) => config::run(command),
        Command::Completions(args) => keyferry_cli::completions(&args, Cli::command()),
        Command::Man(args) => keyferry_cli::man(&args, Cli::command()),
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
