//! `keyferry demo`: the main job from end to end, through the public REST API, against a simulated Checkly.

mod api;
mod output;
mod report;
mod steps;

use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;

use anyhow::Context as _;
use clap::Args;
use keyferry_checkly_sim::{Seed, Sim, SimConfig};
use secrecy::SecretString;
use tempfile::TempDir;

use super::say;
use crate::config::{Config, Sources};
use crate::server::{self, Server};
use output::Output;
use report::Report;

/// Where the demo listens when the port is free.
const PREFERRED_PORT: u16 = 8080;

/// Options of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Leave when the sync is shown instead of serving on; the exit code tells whether all went well.
    #[arg(long)]
    once: bool,
    /// Print one machine-readable report instead of the story; needs --once.
    #[arg(long, requires = "once")]
    json: bool,
}

/// Shows the main job.
///
/// # Errors
/// One line that says which step failed and why.
pub async fn run(args: DemoArgs) -> anyhow::Result<()> {
    let output = Output::new(args.json);
    let dir = private_directory()?;
    let seed = Seed::random();
    let api_key = seed.keys.iter().find(|key| key.role.may_write()).map(|key| SecretString::from(key.key.clone()));
    let api_key = api_key.context("the simulated Checkly has no key that may write")?;
    let sim = keyferry_checkly_sim::start(SimConfig { seed: Some(seed), ..SimConfig::default() })
        .await
        .context("cannot start the simulated Checkly")?;
    let config = demo_config(&dir, &sim).await?;
    server::init_logs(&config.log, config.log_format.value)?;
    let server = Server::start(&config).await?;

    let told = tokio::select! {
        told = steps::run(&server, &sim, &api_key, &dir, &output) => told,
        () = server::stop_signal() => Err(anyhow::anyhow!("stopped by the user")),
    };
    let result = match told {
        Ok(report) => finish(&args, &output, &report).await,
        Err(error) => Err(error),
    };
    server.stop().await;
    sim.stop().await;
    result
}

async fn finish(args: &DemoArgs, output: &Output, report: &Report) -> anyhow::Result<()> {
    if args.json {
        say(serde_json::to_string_pretty(report)?);
    }
    if args.once {
        output.last_line(report);
    } else {
        output.how_to_go_on(report);
        output.last_line(report);
        server::stop_signal().await;
    }
    Ok(())
}

/// A fresh directory that only this user can enter; removed at the exit.
fn private_directory() -> anyhow::Result<TempDir> {
    let dir = tempfile::Builder::new().prefix("keyferry-demo-").tempdir().context("cannot make a temporary directory")?;
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700))?;
    Ok(dir)
}

/// Every `KEYFERRY_…` setting but those about logs is ignored, so that the demo cannot touch an installation.
async fn demo_config(dir: &TempDir, sim: &Sim) -> anyhow::Result<Config> {
    let environment = std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
    let mut sources = Sources::only_logging(environment.filter(|(name, _)| name != "CREDENTIALS_DIRECTORY"));
    let quiet = sources.get("log").is_none();
    sources
        .flag("listen", Some(free_address().await?.to_string()))
        .flag("data_dir", Some(dir.path().display().to_string()))
        .flag("checkly_api_url", Some(sim.url()));
    if quiet {
        sources.flag("log", Some("warn".to_owned()));
    }
    Config::load(&sources)
}

/// 127.0.0.1:8080 when it is free, any other port otherwise.
async fn free_address() -> anyhow::Result<SocketAddr> {
    let preferred = SocketAddr::from((Ipv4Addr::LOCALHOST, PREFERRED_PORT));
    if tokio::net::TcpListener::bind(preferred).await.is_ok() {
        return Ok(preferred);
    }
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
}
