//! `keyferry completions` and `keyferry man`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Command};
use clap_complete::Shell;

use crate::terminal::{tell, write_out};

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Where to put the pages; made if it is not there.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// Prints the completion script of the whole program.
///
/// # Errors
/// When it cannot be written.
pub fn completions(args: &CompletionsArgs, mut program: Command) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, "keyferry", &mut script);
    write_out(&String::from_utf8(script)?)
}

/// Writes a manual page for the program and for each of its commands.
///
/// # Errors
/// When they cannot be written.
pub fn man(args: &ManArgs, program: Command) -> anyhow::Result<()> {
    let directory = args.directory.display();
    std::fs::create_dir_all(&args.directory).with_context(|| format!("cannot make {directory}"))?;
    clap_mangen::generate_to(program, &args.directory).with_context(|| format!("cannot write to {directory}"))?;
    tell(format_args!("Wrote the manual pages to {directory}."));
    Ok(())
}
