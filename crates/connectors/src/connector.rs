//! The trait a destination implements, and what passes through it. A connector
//! makes single calls and says what came of them; waiting, repeating runs and
//! recording is its caller's.

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::budget::{Priority, RateBudget};
use crate::failure::Failure;
use crate::plan::{Flags, ObservedVariable};

/// What a connection stores.
#[derive(Clone)]
pub struct Credentials {
    /// The API key.
    pub api_key: SecretString,
    /// Keyed HMAC of the API key: two connections that hold one key share its
    /// rate budget.
    pub key_hash: [u8; 32],
}

/// Where variables go.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// Account at the destination.
    pub account_id: String,
    /// Check group; none for the variables of the account itself.
    pub group_id: Option<String>,
}

/// What the API and the pages say about a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descriptor {
    /// Name in paths and wire fields.
    pub app: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// Ways to connect: name on the wire, name for people.
    pub methods: &'static [(&'static str, &'static str)],
    /// Whether values can be read back from it.
    pub can_import: bool,
    /// Most variables a group holds.
    pub group_limit: usize,
}

/// An account a key reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Id at the destination.
    pub id: String,
    /// Name for people; the id when the destination gives none.
    pub name: String,
    /// Default runtime of its checks.
    pub runtime_id: Option<String>,
}

/// A check group of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Id at the destination.
    pub id: String,
    /// Name for people.
    pub name: String,
}

/// Something the user should know about a target, without being an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// Checks on this runtime do not get secret variables.
    OldRuntime {
        /// The runtime.
        runtime_id: String,
    },
    /// The group is deployed from code, which will put its own variables back.
    ManagedByCode {
        /// What deploys it.
        owner: String,
    },
    /// The destination lists a key more than once.
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// Runs define a variable of this name themselves.
    ReservedKey {
        /// The key.
        key: String,
    },
    /// A group of the account has variables of these names, which win in its checks.
    ShadowedByGroup {
        /// Name of the group.
        group: String,
        /// The keys, sorted.
        keys: Vec<String>,
    },
    /// The account has variables of these names, over which the group's win.
    ShadowsAccount {
        /// The keys, sorted.
        keys: Vec<String>,
    },
}

/// Keys that a text names.
const NAMED_KEYS: usize = 10;

/// The first ten keys by name, and how many more there are.
pub fn named_keys<K: Borrow<str>>(keys: &[K]) -> String {
    let (named, rest) = keys.split_at(keys.len().min(NAMED_KEYS));
    match rest.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

impl Warning {
    /// The word under which it is stored and shown.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OldRuntime { .. } => "old_runtime",
            Self::ManagedByCode { .. } => "managed_by_code",
            Self::DuplicateKey { .. } => "duplicate_key",
            Self::ReservedKey { .. } => "reserved_key",
            Self::ShadowedByGroup { .. } => "shadowed_by_group",
            Self::ShadowsAccount { .. } => "shadows_account",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OldRuntime { runtime_id } => {
                write!(f, "Checks on runtime {runtime_id} do not get secret variables; they need 2024.09 or later.")
            }
            Self::ManagedByCode { owner } => {
                write!(f, "This group is deployed from code ({owner}); the next deployment puts its own variables back.")
            }
            Self::DuplicateKey { key } => {
                write!(f, "Checkly lists the variable {key} more than once.")
            }
            Self::ReservedKey { key } => {
                write!(f, "Checkly's runs define {key} themselves; which of the two wins is not documented.")
            }
            Self::ShadowedByGroup { group, keys } => {
                let keys = named_keys(keys);
                write!(f, "The check group \"{group}\" has variables of the same name, which win in its checks: {keys}.")
            }
            Self::ShadowsAccount { keys } => {
                let keys = named_keys(keys);
                write!(f, "The account has variables of the same name; in this group's checks the group's win: {keys}.")
            }
        }
    }
}

/// What a target holds.
#[derive(Clone, Default)]
pub struct Observed {
    /// Its variables, each key once.
    pub variables: Vec<ObservedVariable>,
    /// Pages read.
    pub pages: u32,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// The group as it was read, to write it back whole; none for accounts.
    pub group: Option<GroupSnapshot>,
}

/// One variable of a group as it was read.
#[derive(Clone)]
pub struct GroupVariable {
    /// Name of the variable.
    pub key: String,
    /// The value, only when it can be read back.
    pub value: Option<SecretString>,
    /// Its flags.
    pub flags: Flags,
}

/// A group as it was read.
#[derive(Clone)]
pub struct GroupSnapshot {
    /// Id at the destination.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Runtime of its checks.
    pub runtime_id: Option<String>,
    /// Every member of the answer but the variables.
    pub members: serde_json::Map<String, serde_json::Value>,
    /// The variables, in the destination's order.
    pub variables: Vec<GroupVariable>,
}

/// What the variables of a group shall be.
#[derive(Clone, Default)]
pub struct GroupWrite {
    /// Every variable the source has, changed or not: the list is replaced as
    /// a whole, so an unchanged secret has to be sent again.
    pub set: Vec<(String, SecretString)>,
    /// Variables that go.
    pub remove: Vec<String>,
    /// Values last written, for variables that stay although neither the
    /// source nor the destination can say what they hold.
    pub restore: Vec<(String, SecretString)>,
}

/// A write that the destination confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// Status of the last answer.
    pub http_status: u16,
    /// Calls made.
    pub attempts: u32,
    /// Time from the first call to the last answer, waiting for the rate
    /// budget left out, in milliseconds.
    pub latency_ms: u64,
}

/// Asked before every call.
pub trait CallGuard: Send + Sync {
    /// Whether a call may be made now: the lease holds, nobody said stop.
    fn may_call(&self) -> bool;
}

/// Where the randomness of a pause comes from.
pub trait Jitter: Send + Sync {
    /// A duration between zero and `ceiling`.
    fn up_to(&self, ceiling: Duration) -> Duration;
}

/// Calls made and time waited for the rate budget.
#[derive(Debug, Default)]
pub struct CallCounters {
    calls: AtomicU64,
    waited_ms: AtomicU64,
}

impl CallCounters {
    /// Calls made.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Time waited for the rate budget, in milliseconds, added up over calls.
    pub fn waited_ms(&self) -> u64 {
        self.waited_ms.load(Ordering::Relaxed)
    }

    /// Counts one call and what it waited for.
    pub fn count_call(&self, waited: Duration) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let waited = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
        self.waited_ms.fetch_add(waited, Ordering::Relaxed);
    }
}

/// What every call is made under.
#[derive(Clone, Copy)]
pub struct CallContext<'a> {
    /// The budget of the API key.
    pub budget: &'a dyn RateBudget,
    /// Asked before every call.
    pub guard: &'a dyn CallGuard,
    /// How urgent the calls are.
    pub priority: Priority,
    /// Counts what is done.
    pub counters: &'a CallCounters,
    /// Spreads the short pauses inside a call.
    pub jitter: &'a dyn Jitter,
}

/// A destination of syncs.
#[async_trait]
pub trait Connector: Send + Sync {
    /// What it is.
    fn descriptor(&self) -> &'static Descriptor;

    /// Origin that stored keys are sent to, such as `https://api.checklyhq.com`.
    fn origin(&self) -> String;

    /// What the user should know about a variable of this name.
    fn key_warning(&self, key: &str) -> Option<Warning>;

    /// Asks whether the credentials are good; the accounts they reach, at
    /// least one.
    async fn validate(&self, credentials: &Credentials, call: &CallContext<'_>) -> Result<Vec<Account>, Failure>;

    /// The accounts the credentials reach.
    async fn list_accounts(&self, credentials: &Credentials, call: &CallContext<'_>) -> Result<Vec<Account>, Failure>;

    /// All groups of an account.
    async fn list_groups(
        &self,
        credentials: &Credentials,
        account_id: &str,
        call: &CallContext<'_>,
    ) -> Result<Vec<Group>, Failure>;

    /// Reads everything the target holds, or fails: never a part of it.
    async fn observe(&self, credentials: &Credentials, target: &Target, call: &CallContext<'_>) -> Result<Observed, Failure>;

    /// What else at the destination bears on variables of these names in
    /// the target, as it was observed: the same names on another level, and
    /// the runtime of the account where the target has none of its own. Costs
    /// calls, so it is for plans that people look at, not for runs.
    async fn surroundings(
        &self,
        credentials: &Credentials,
        target: &Target,
        observed: &Observed,
        keys: &BTreeSet<&str>,
        call: &CallContext<'_>,
    ) -> Result<Vec<Warning>, Failure>;

    /// Makes a variable of an account; one that is there already is written.
    async fn create(
        &self,
        credentials: &Credentials,
        target: &Target,
        key: &str,
        value: &SecretString,
        call: &CallContext<'_>,
    ) -> Result<Done, Failure>;

    /// Writes a variable of an account; one that is not there is made.
    async fn update(
        &self,
        credentials: &Credentials,
        target: &Target,
        key: &str,
        value: &SecretString,
        call: &CallContext<'_>,
    ) -> Result<Done, Failure>;

    /// Deletes a variable of an account; one that is not there is done.
    async fn delete(
        &self,
        credentials: &Credentials,
        target: &Target,
        key: &str,
        call: &CallContext<'_>,
    ) -> Result<Done, Failure>;

    /// Replaces the variables of a group as a whole and leaves everything else
    /// about it as `snapshot` has it.
    async fn write_group(
        &self,
        credentials: &Credentials,
        target: &Target,
        snapshot: &GroupSnapshot,
        desired: GroupWrite,
        call: &CallContext<'_>,
    ) -> Result<Done, Failure>;
}
