//! What a simulator is started with, and the readings of the contract it can take.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::seed::Seed;

/// Settings of one simulator.
#[derive(Debug, Clone)]
pub struct SimConfig {
    /// Address to listen on; loopback only, port 0 picks a free port.
    pub listen: SocketAddr,
    /// Keys, accounts, variables and groups present at the start; none means an empty simulator.
    pub seed: Option<Seed>,
    /// Requests allowed for each API key in a sliding window; none means no limit.
    pub rate_limit: Option<RateLimit>,
    /// Time that passes between the arrival of a request and its effect.
    pub latency: Duration,
    /// Share of requests, 0 to 1, that meet a random fault.
    pub fail_rate: f64,
    /// Seed of the generator that picks those requests and faults.
    pub rng_seed: u64,
}

impl Default for SimConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: None,
            rate_limit: None,
            latency: Duration::ZERO,
            fail_rate: 0.0,
            rng_seed: 0,
        }
    }
}

/// So many requests in so much time (Checkly API contract, section 7: 600 in 60 s).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests allowed in one window.
    pub requests: u32,
    /// Length of the sliding window.
    pub window: Duration,
}

impl FromStr for RateLimit {
    type Err = String;

    /// Reads `600/60s`, `10/500ms` or `1000/1m`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("`{text}` is not a rate such as 600/60s");
        let (requests, window) = text.split_once('/').ok_or_else(wrong)?;
        let digits = window.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let amount: u64 = digits.parse().map_err(|_| wrong())?;
        let window = match &window[digits.len()..] {
            "ms" => Duration::from_millis(amount),
            "" | "s" => Duration::from_secs(amount),
            "m" => Duration::from_secs(amount.checked_mul(60).ok_or_else(wrong)?),
            _ => return Err(wrong()),
        };
        let requests: u32 = requests.parse().map_err(|_| wrong())?;
        if requests == 0 || window.is_zero() {
            return Err(wrong());
        }
        Ok(Self { requests, window })
    }
}

/// The `Retry-After` header of a 429; the contract documents none, clients look for both forms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// No header.
    #[default]
    None,
    /// Whole seconds.
    Seconds(u64),
    /// An HTTP date so many seconds ahead.
    Date(u64),
}

/// What `PUT` without `secret: true` does to a secret variable (contract, section 3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretDowngrade {
    /// Answers 400.
    #[default]
    Refuse,
    /// Writes the value and leaves the variable secret.
    Ignore,
}

/// How the value of a group's secret is read (contract, section 4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupSecretRead {
    /// As `""`.
    #[default]
    Empty,
    /// As `null`.
    Null,
    /// The member is missing.
    Absent,
}

/// What becomes of a group's secret that is sent back with an empty value (contract, section 4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlankGroupSecret {
    /// The stored value becomes empty.
    #[default]
    Blank,
    /// The stored value stays.
    Keep,
    /// Answers 400.
    Refuse,
}

/// The reading taken where the contract leaves a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", default, deny_unknown_fields)]
pub struct Behaviour {
    /// A group `PUT` sets omitted members to their defaults instead of keeping them.
    pub put_resets_omitted: bool,
    /// Creating a variable with an empty value answers 400.
    pub refuse_empty_on_create: bool,
    /// `PUT` without `secret: true` on a secret.
    pub secret_downgrade: SecretDowngrade,
    /// Header of a 429 of the rate limit.
    pub retry_after: RetryAfter,
    /// Status when a `cu_` key sends no account header where one is needed.
    pub missing_account_status: u16,
    /// Status for a well-formed account id that the key cannot reach or that is gone.
    pub unreachable_account_status: u16,
    /// Values of locked variables are null for roles below Read & Write.
    pub withhold_locked: bool,
    /// How a group's secret reads.
    pub group_secret_read: GroupSecretRead,
    /// What a blank secret in a group write does.
    pub blank_group_secret: BlankGroupSecret,
    /// A group without variables reads `null` instead of `[]`.
    pub empty_group_variables_null: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            put_resets_omitted: false,
            refuse_empty_on_create: true,
            secret_downgrade: SecretDowngrade::default(),
            retry_after: RetryAfter::default(),
            missing_account_status: 401,
            unreachable_account_status: 403,
            withhold_locked: false,
            group_secret_read: GroupSecretRead::default(),
            blank_group_secret: BlankGroupSecret::default(),
            empty_group_variables_null: false,
        }
    }
}

/// Why a simulator did not start or stopped.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The address is reachable from outside this machine.
    #[error("{0} is not a loopback address; the simulator listens on loopback only")]
    NotLoopback(SocketAddr),
    /// The address could not be bound.
    #[error("cannot listen on {addr}: {source}")]
    Bind {
        /// The address asked for.
        addr: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The seed file could not be read.
    #[error("cannot read the seed file {}: {source}", path.display())]
    SeedRead {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The seed is not valid.
    #[error("the seed is not valid: {0}")]
    Seed(String),
    /// A setting is out of its range.
    #[error("{0}")]
    Setting(String),
    /// Serving ended with an error of the system.
    #[error("the simulator stopped: {0}")]
    Serve(#[source] std::io::Error),
}
