//! Log lines on standard error.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Setting};

/// Starts writing log lines; call once.
///
/// # Errors
/// When the filter cannot be read.
pub fn init_logs(filter: &Setting<String>, format: LogFormat) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&filter.value)
        .with_context(|| format!("log ({}) must be a filter such as info or keyferry=debug", filter.origin))?;
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    match format {
        LogFormat::Json => builder.json().init(),
        LogFormat::Pretty => builder.init(),
    }
    Ok(())
}
