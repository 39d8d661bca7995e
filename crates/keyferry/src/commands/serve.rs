//! `keyferry serve`: the server, until SIGTERM or Ctrl-C.

use std::path::PathBuf;

use clap::Args;

use super::say;
use crate::config::{Config, Sources};
use crate::server::{self, Server};

/// Settings that have a flag; keys and URLs with passwords have none, since every user of the machine can read a command line.
#[derive(Debug, Default, Args)]
pub struct SettingArgs {
    /// Configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Directory for the database, the root key and the lock [default: the XDG state directory].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
    /// File that holds the root key [default: <data dir>/root.key].
    #[arg(long, value_name = "FILE")]
    root_key_file: Option<String>,
    /// Where Checkly's API is [default: https://api.checklyhq.com].
    #[arg(long, value_name = "URL")]
    checkly_api_url: Option<String>,
    /// Where users reach this server.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Which log lines are written, such as info or keyferry=debug.
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// Shape of log lines: json or pretty.
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
}

impl SettingArgs {
    /// Flags, the process's environment, and the file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn sources(self) -> anyhow::Result<Sources> {
        let environment = std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        let mut sources = Sources::new(environment);
        sources
            .flag("listen", self.listen)
            .flag("data_dir", self.data_dir)
            .flag("root_key_file", self.root_key_file)
            .flag("checkly_api_url", self.checkly_api_url)
            .flag("public_url", self.public_url)
            .flag("log", self.log)
            .flag("log_format", self.log_format);
        sources.read_file(self.config)?;
        Ok(sources)
    }
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    settings: SettingArgs,
}

/// Serves until asked to stop.
///
/// # Errors
/// One line when the server cannot start: port in use, directory not writable, database not reachable, wrong key.
pub async fn run(args: ServeArgs) -> anyhow::Result<()> {
    let config = Config::load(&args.settings.sources()?)?;
    server::init_logs(&config.log, config.log_format.value)?;
    let server = Server::start(&config).await?;
    say(format_args!("Keyferry {} listens on http://{}", env!("CARGO_PKG_VERSION"), server.addr()));
    if let Some(addr) = server.metrics_addr() {
        say(format_args!("Metrics on http://{addr}/metrics"));
    }
    if let Some(token) = server.setup_token() {
        say(format_args!("Not set up yet. Setup token, shown this once: {token}"));
        say(
            "Set it up in a browser at that address, or by POST /api/v1/admin/bootstrap. Only from elsewhere is the token asked for.",
        );
    }
    server::stop_signal().await;
    server.stop().await;
    Ok(())
}
