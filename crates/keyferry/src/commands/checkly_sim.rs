//! `keyferry checkly-sim`: the simulator of Checkly's API.

use keyferry_checkly_sim::cli::SimArgs;

/// Serves until Ctrl-C.
///
/// # Errors
/// When the address is not loopback or in use, or the seed file cannot be read.
pub async fn run(args: SimArgs) -> anyhow::Result<()> {
    Ok(keyferry_checkly_sim::cli::run(args).await?)
}
