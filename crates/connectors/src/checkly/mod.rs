//! Checkly: variables of an account or of a check group, over its public API
//! (Checkly API contract).

mod answer;
mod client;
mod destination;
mod group;
mod network;
mod surroundings;
mod wire;

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use url::Url;

use crate::connector::{
    Account, CallContext, Connector, Credentials, Descriptor, Done, Group, GroupSnapshot, GroupWrite, Observed, Target, Warning,
};
use crate::failure::{Failure, FailureKind};
use client::{Client, Tally};

pub use client::SetupError;

/// Most variables a check group holds (Checkly API contract, section 4).
pub const GROUP_LIMIT: usize = 200;

static DESCRIPTOR: Descriptor = Descriptor {
    app: "checkly",
    name: "Checkly",
    methods: &[("api-key", "API Key")],
    can_import: false,
    group_limit: GROUP_LIMIT,
};

/// Names that runs define themselves; others begin with `CHECKLY_`.
const RESERVED: &[&str] = &[
    "ACCOUNT_ID",
    "CHECK_ID",
    "CHECK_NAME",
    "CHECK_RESULT_ID",
    "CHECK_RUN_ID",
    "CHECK_TYPE",
    "CHECKLY",
    "CI",
    "ENVIRONMENT_NAME",
    "ENVIRONMENT_URL",
    "GROUP_BASE_URL",
    "PUBLIC_IP_V4",
    "PUBLIC_IP_V6",
    "REGION",
    "RUNTIME_VERSION",
];

/// Limits of the calls to Checkly.
#[derive(Clone)]
pub struct ChecklyOptions {
    /// Longest time for a connection to stand.
    pub connect_timeout: Duration,
    /// Longest time for a call, its answer read to the end.
    pub total_timeout: Duration,
    /// Certificate authorities trusted beside the system's, as PEM.
    pub extra_ca_pem: Option<Vec<u8>>,
}

impl Default for ChecklyOptions {
    fn default() -> Self {
        Self { connect_timeout: Duration::from_secs(10), total_timeout: Duration::from_secs(60), extra_ca_pem: None }
    }
}

/// The Checkly destination.
pub struct Checkly {
    client: Client,
}

impl Checkly {
    /// Checkly's API at `base_url`: https, or http to this machine only.
    pub fn new(base_url: Url, options: ChecklyOptions) -> Result<Self, SetupError> {
        Ok(Self { client: Client::new(base_url, options)? })
    }

    /// Whether Checkly can be reached, without a key: the status of its answer, 401 when all is well.
    ///
    /// # Errors
    /// [`FailureKind::Network`] when the name, the connection, TLS or the time limit fails.
    pub async fn probe(&self) -> Result<u16, Failure> {
        self.client.probe().await
    }
}

/// Whether checks on that runtime get secret variables; unknown spellings
/// count as new (Checkly API contract, section 9).
pub fn runtime_takes_secrets(runtime_id: &str) -> bool {
    let mut parts = runtime_id.split('.').map(|part| part.parse::<u32>().ok());
    match (parts.next().flatten(), parts.next().flatten()) {
        (Some(year), Some(month)) => (year, month) >= (2024, 9),
        _ => true,
    }
}

#[async_trait]
impl Connector for Checkly {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn origin(&self) -> String {
        self.client.origin()
    }

    fn key_warning(&self, key: &str) -> Option<Warning> {
        (RESERVED.contains(&key) || key.starts_with("CHECKLY_")).then(|| Warning::ReservedKey { key: key.to_owned() })
    }

    async fn validate(&self, credentials: &Credentials, call: &CallContext<'_>) -> Result<Vec<Account>, Failure> {
        let accounts = self.list_accounts(credentials, call).await?;
        if accounts.is_empty() {
            return Err(
                Failure::new(FailureKind::Rejected, "Checkly accepts the API key, but it reaches no account.").with_attempts(1)
            );
        }
        Ok(accounts)
    }

    async fn list_accounts(&self, credentials: &Credentials, call: &CallContext<'_>) -> Result<Vec<Account>, Failure> {
        let session = self.client.session(credentials, None, call);
        let mut tally = Tally::default();
        let accounts = destination::list_accounts(&session, &mut tally).await;
        accounts.map_err(|failure| tally.mark(failure))
    }

    async fn list_groups(
        &self,
        credentials: &Credentials,
        account_id: &str,
        call: &CallContext<'_>,
    ) -> Result<Vec<Group>, Failure> {
        let session = self.client.session(credentials, Some(account_id), call);
        let mut tally = Tally::default();
        let groups = group::list(&session, &mut tally).await;
        groups.map_err(|failure| tally.mark(failure))
    }

    async fn observe(&self, credentials: &Credentials, target: &Target, call: &CallContext<'_>) -> Result<Observed, Failure> {
        let session = self.client.session(credentials, Some(&target.account_id), call);
        let mut tally = Tally::default();
        let observed = match &target.group_id {
            None => destination::observe(&session, &mut tally).await,
            Some(group_id) => group::observe(&session, group_id, &mut tally).await,
        };
        observed.map_err(|failure| tally.mark(failure))
    }

    async fn surroundings(
        &self,
        credentials: &Credentials,
        target: &Target,
        observed: &Observed,
        keys: &BTreeSet<&str>,
        call: &CallContext<'_>,
    ) -> Result<Vec<Warning>, Failure> {
        let everywhere = self.client.session(credentials, None, call);
        let within = self.client.session(credentials, Some(&target.account_id), call);
        let mut tally = Tally::default();
        let warnings = surroundings::look(&everywhere, &within, target, observed, keys, &mut tally).await;
        warnings.map_err(|failure| tally.mark(failure))
    }

    async fn create(
        &self,
        credentials: &Credentials,
        target: &Target,
        key: &str,
        value: &SecretString,
        call: &CallContext<'_>,
    ) -> Result<Done, Failure> {
        let session = self.client.session(credentials, Some(&target.account_id), call);
        let mut tally = Tally::default();
        let first = destination::Write::Post;
        let done = destination::write(&session, first, key, value, &mut tally).await;
        done.map_err(|failure| tally.mark(failure))
    }

    async fn update(
        &self,
        credentials: &Credentials,
        target: &Target,
        key: &str,
        value: &SecretString,
        call: &CallContext<'_>,
    ) -> Result<Done, Failure> {
        let session = self.client.session(credentials, Some(&target.account_id), call);
        let mut tally = Tally::default();
        let first = destination::Write::Put;
        let done = destination::write(&session, first, key, value, &mut tally).await;
        done.map_err(|failure| tally.mark(failure))
    }

    async fn delete(
        &self,
        credentials: &Credentials,
        target: &Target,
        key: &str,
        call: &CallContext<'_>,
    ) -> Result<Done, Failure> {
        let session = self.client.session(credentials, Some(&target.account_id), call);
        let mut tally = Tally::default();
        let done = destination::delete(&session, key, &mut tally).await;
        done.map_err(|failure| tally.mark(failure))
    }

    async fn write_group(
        &self,
        credentials: &Credentials,
        target: &Target,
        snapshot: &GroupSnapshot,
        desired: GroupWrite,
        call: &CallContext<'_>,
    ) -> Result<Done, Failure> {
        let session = self.client.session(credentials, Some(&target.account_id), call);
        let mut tally = Tally::default();
        let done = group::write(&session, snapshot, &desired, &mut tally).await;
        done.map_err(|failure| tally.mark(failure))
    }
}
