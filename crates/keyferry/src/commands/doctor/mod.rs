//! `keyferry doctor`: checks an installation beside the running server and says what to do. Prints no secret.

mod database;
mod files;
mod finding;
mod network;

use anyhow::bail;
use clap::Args;

use self::finding::State;
use super::say;
use super::serve::SettingArgs;
use crate::config::Config;

/// Options of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Print JSON for machines.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingArgs,
}

/// Checks everything and reports it.
///
/// # Errors
/// When something failed, so that the exit code is 1.
pub async fn run(args: DoctorArgs) -> anyhow::Result<()> {
    let config = Config::load(&args.settings.sources()?)?;
    let mut findings = files::check(&config);
    let (of_database, syncs) = database::check(&config).await;
    findings.extend(of_database);
    findings.push(network::check(&config, syncs > 0).await);
    if args.json {
        say(serde_json::to_string_pretty(&finding::to_json(&findings))?);
    } else {
        say(finding::to_table(&findings));
    }
    match findings.iter().filter(|finding| finding.state == State::Fail).count() {
        0 => Ok(()),
        1 => bail!("one check failed; the table says what to do"),
        count => bail!("{count} checks failed; the table says what to do"),
    }
}
