//! The `checkly-sim` verb: flags, the printed introduction, and serving until Ctrl-C.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::config::{RateLimit, SimConfig, SimError};
use crate::seed::Seed;
use crate::server::{Sim, start};

/// Flags of the simulator.
#[derive(Debug, Clone, clap::Args)]
pub struct SimArgs {
    /// Loopback address to listen on; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:4110", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// JSON file with keys, accounts, variables and groups; without it a random demo is made.
    #[arg(long, value_name = "FILE")]
    pub seed: Option<PathBuf>,
    /// Requests for each API key in a sliding window, such as 600/60s, or `off`.
    #[arg(long, default_value = "600/60s", value_name = "RATE")]
    pub rate_limit: RateLimitArg,
    /// Milliseconds between the arrival of a request and its effect.
    #[arg(long, default_value_t = 0, value_name = "MS")]
    pub latency_ms: u64,
    /// Share of requests, 0 to 1, that fail at random.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    pub fail_rate: f64,
    /// Seed of the generator that picks the failures.
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    pub rng_seed: u64,
}

/// A rate limit or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimitArg(pub Option<RateLimit>);

impl FromStr for RateLimitArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" { Ok(Self(None)) } else { text.parse().map(|limit| Self(Some(limit))) }
    }
}

/// Starts the simulator, prints address, keys and control token, and serves until Ctrl-C.
///
/// # Errors
///
/// When the seed or a flag is not valid, the address is not loopback or cannot be bound, or
/// serving fails.
pub async fn run(args: SimArgs) -> Result<(), SimError> {
    let seed = match &args.seed {
        Some(path) => Seed::from_file(path)?,
        None => Seed::random(),
    };
    let mut sim = start(SimConfig {
        listen: args.listen,
        seed: Some(seed.clone()),
        rate_limit: args.rate_limit.0,
        latency: Duration::from_millis(args.latency_ms),
        fail_rate: args.fail_rate,
        rng_seed: args.rng_seed,
    })
    .await?;
    print(&introduction(&sim, &seed));
    tokio::select! {
        ended = sim.ended() => return ended,
        signal = tokio::signal::ctrl_c() => signal.map_err(SimError::Serve)?,
    }
    sim.stop().await;
    Ok(())
}

/// What is printed at the start.
fn introduction(sim: &Sim, seed: &Seed) -> String {
    let mut text = format!("Checkly simulator on {}\n", sim.url());
    for planted in &seed.accounts {
        let account = &planted.account;
        let _infallible = writeln!(text, "account  {}  {}", account.id, account.name);
        for group in &planted.groups {
            let _infallible = writeln!(text, "  group  {}  {}", group.id, group.name);
        }
    }
    for key in &seed.keys {
        let label = key.label.as_deref().unwrap_or("-");
        let _infallible = writeln!(text, "key      {}  {label}  {:?}", key.key, key.role);
    }
    let _infallible = write!(text, "control token  {}", sim.control_token());
    text
}

#[expect(clippy::print_stdout, reason = "the introduction is the output of this verb")]
fn print(text: &str) {
    println!("{text}");
}
