//! What every domain function works with.

use std::sync::Arc;
use std::time::Duration;

use keyferry_connectors::{RateBudget, Registry};
use keyferry_crypto::PasswordHasher;
use keyferry_db::Db;
use keyferry_jobs::Queue;

use crate::access::AbilityCache;
use crate::audit;
use crate::authentication::TokenCache;
use crate::clock::{Clock, Ids};
use crate::keys::Keys;
use crate::steps::Steps;

/// Settings that rules depend on.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where users reach this server, such as `http://127.0.0.1:8080`; no trailing slash.
    pub public_url: String,
    /// Origin of Checkly's API, such as `https://api.checklyhq.com`; stored with each connection.
    pub checkly_api_origin: String,
    /// The program's version.
    pub version: String,
    /// How long a run of a sync holds its leases.
    pub sync_leases: SyncLeases,
}

/// How long a run of a sync holds its leases.
#[derive(Clone, Copy, Debug)]
pub struct SyncLeases {
    /// How long they last without renewal, milliseconds: a run whose process died is taken over after that.
    pub length_ms: i64,
    /// How often they are renewed.
    pub renew_every: Duration,
}

impl Default for SyncLeases {
    fn default() -> Self {
        Self { length_ms: 30_000, renew_every: Duration::from_secs(8) }
    }
}

/// The open installation: storage, keys, time, and the parts that work in the background.
pub struct App {
    /// Storage.
    pub db: Db,
    /// The key ladder.
    pub keys: Keys,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers.
    pub ids: Arc<dyn Ids>,
    /// Settings.
    pub settings: Settings,
    /// Hashes passwords, a bounded number at a time.
    pub passwords: PasswordHasher,
    /// Destinations.
    pub connectors: Registry,
    /// Calls allowed per credential.
    pub budget: Arc<dyn RateBudget>,
    /// Calls addresses that users set.
    pub outbound: keyferry_outbound::Client,
    /// The durable queue.
    pub queue: Queue,
    /// Where audit rows of reads are gathered.
    pub audit: audit::Sink,
    /// Abilities kept for a moment.
    pub abilities: AbilityCache,
    /// Holders of tokens kept for a moment.
    pub tokens: TokenCache,
    /// Who is told of the steps of runs; tests only.
    pub steps: Steps,
}

impl App {
    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }
}
