//! How a command fails.

use std::process::ExitCode;

use crate::terminal;

/// The command was used wrongly: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(String);

/// Something to correct in how the command was called.
pub fn usage(message: impl Into<String>) -> anyhow::Error {
    Usage(message.into()).into()
}

/// Tells the failure in one line; answers its exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    terminal::tell(format_args!("keyferry: {error:#}"));
    if error.downcast_ref::<Usage>().is_some() { ExitCode::from(2) } else { ExitCode::FAILURE }
}
