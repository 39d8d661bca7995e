//! `keyferry version`.

use super::say;

/// Prints name and version.
///
/// # Errors
/// Never; the signature is that of every verb.
#[expect(clippy::unnecessary_wraps, reason = "every verb has this signature")]
pub fn run() -> anyhow::Result<()> {
    say(format_args!("keyferry {}", env!("CARGO_PKG_VERSION")));
    Ok(())
}
