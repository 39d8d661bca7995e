//! Starting the command.
//!
//! On Linux a stand-in goes first: this program once more, which asks the system for SIGTERM should its parent die (also by
//! SIGKILL), and then becomes the command. So the command is never left behind, and no code runs between fork and exec.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use rustix::process::Pid;

use super::environment::Environment;
use crate::terminal::tell;

/// First argument of the stand-in.
const STAND_IN: &str = "__run";
/// This program, also after its file was replaced.
const SELF: &str = "/proc/self/exe";
/// Exit code of shells for a command that is there and cannot be run.
const CANNOT_RUN: u8 = 126;
/// Exit code of shells for a command that is not there.
const NOT_FOUND: u8 = 127;
/// Exit code of a command that SIGTERM ended.
const TERMINATED: u8 = 128 + 15;

/// The command could not be started: its exit code, after a word on standard error.
pub struct NotStarted(pub ExitCode);

/// Starts the command; answers its process.
pub fn start(program: &[OsString], environment: &Environment) -> Result<Pid, NotStarted> {
    let (name, arguments) = program.split_first().ok_or(NotStarted(ExitCode::from(NOT_FOUND)))?;
    let mut command = if cfg!(target_os = "linux") && std::path::Path::new(SELF).exists() {
        let mut command = Command::new(SELF);
        command.arg0("keyferry").arg(STAND_IN).arg(std::process::id().to_string()).arg(name);
        command
    } else {
        Command::new(name)
    };
    let child =
        command.args(arguments).env_clear().envs(&environment.variables).spawn().map_err(|error| not_started(name, &error))?;
    // Whoever waits for all children waits for this one; the handle is not needed for it.
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    pid.ok_or(NotStarted(ExitCode::from(CANNOT_RUN)))
}

/// Does the stand-in's work when this process is one; otherwise answers `None` at once. To be called before anything else: what
/// this program changes about itself must not reach the command.
#[must_use]
pub fn stand_in() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != STAND_IN {
        return None;
    }
    let parent: Option<i32> = arguments.next()?.to_str()?.parse().ok();
    let program = arguments.next()?;
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM)).ok();
    if Some(Pid::as_raw(rustix::process::getppid())) != parent {
        // It died before it could be asked to tell.
        return Some(ExitCode::from(TERMINATED));
    }
    let error = Command::new(&program).args(arguments).exec();
    Some(not_started(&program, &error).0)
}

fn not_started(program: &OsStr, error: &io::Error) -> NotStarted {
    let program = program.to_string_lossy();
    if error.kind() == io::ErrorKind::NotFound {
        tell(format_args!("keyferry: {program}: command not found"));
        return NotStarted(ExitCode::from(NOT_FOUND));
    }
    tell(format_args!("keyferry: {program}: {error}"));
    NotStarted(ExitCode::from(CANNOT_RUN))
}
