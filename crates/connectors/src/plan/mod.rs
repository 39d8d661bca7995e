//! The plan: what a run would do at the destination, decided from the source,
//! what the destination holds, what the ledger says was written, and the
//! options. Pure, so that the preview and the run cannot disagree.

mod breaker;
mod decide;
mod digest;
mod item;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use breaker::{BreakerRule, breaker};
pub use decide::plan;
pub use item::{Action, Counts, Flags, PlanItem, Reason, VerifiedBy};

use secrecy::SecretString;
use uuid::Uuid;

use crate::key_schema::KeySchema;

/// Keyed HMAC of a value, made by the caller under a key of the project;
/// answers "is it the same value" and nothing else.
pub type Fingerprint = [u8; 32];

/// Why a key of the source must be left alone at the destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlockReason {
    /// The stored value does not decrypt.
    Unreadable,
    /// A reference in the value leads nowhere.
    UnresolvedReference,
    /// The value comes from a place the sync's grant does not cover.
    OutsideGrant,
    /// Two secrets end on this destination key.
    KeyConflict,
}

/// What the source says about one key.
#[derive(Clone)]
pub enum SourceState {
    /// A value to write.
    Value {
        /// The value, references expanded.
        value: SecretString,
        /// Its fingerprint, as the ledger would store it.
        fingerprint: Fingerprint,
    },
    /// Nothing but white space, which Checkly refuses to store.
    Empty,
    /// A value that cannot be had now: neither written nor deleted.
    Blocked(BlockReason),
}

/// One secret of the source, its destination key already made by the schema.
#[derive(Clone)]
pub struct SourceKey {
    /// Key of the secret.
    pub secret_key: String,
    /// Name of the variable at the destination.
    pub destination_key: String,
    /// Id of the secret, when it has one of its own.
    pub secret_id: Option<Uuid>,
    /// Version of the secret the value was read from.
    pub secret_version: Option<i32>,
    /// What there is to write.
    pub state: SourceState,
}

/// One variable as the destination showed it.
#[derive(Clone)]
pub struct ObservedVariable {
    /// Name of the variable.
    pub key: String,
    /// The value, only when it can be read back.
    pub value: Option<SecretString>,
    /// Never shown again by Checkly.
    pub secret: bool,
    /// Hidden in Checkly's pages.
    pub locked: bool,
}

/// One key this sync wrote, as last confirmed.
#[derive(Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// Name of the variable at the destination.
    pub destination_key: String,
    /// Key of the secret it was written from.
    pub secret_key: String,
    /// Fingerprint of the value written.
    pub fingerprint: Fingerprint,
    /// Version of the secret written.
    pub secret_version: Option<i32>,
}

/// What becomes of variables inside the key schema that the sync did not write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnmanagedSecrets {
    /// Readable ones go, the others wait for a yes.
    #[default]
    Approve,
    /// They stay.
    Keep,
    /// They go.
    Delete,
}

/// What an empty value in the source means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyValues {
    /// The variable goes, under the rules of deletion.
    #[default]
    Delete,
    /// The variable stays as it is.
    Skip,
    /// The key is blocked, so that the run says so.
    Fail,
}

/// What a plan needs to know beside the three lists.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// Which destination keys belong to the sync.
    pub key_schema: KeySchema,
    /// Slug filled in for `{{environment}}`.
    pub environment_slug: String,
    /// Nothing is deleted at all.
    pub disable_secret_deletion: bool,
    /// Variables in the schema the sync did not write.
    pub unmanaged_secrets: UnmanagedSecrets,
    /// Empty source values.
    pub empty_values: EmptyValues,
    /// Write every value again, whatever the ledger says.
    pub force: bool,
}

/// What a run would do. Holds no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// One item per key on either side, bytewise by destination key, then by
    /// secret key.
    pub items: Vec<PlanItem>,
    /// Ledger entries that are neither in the source nor at the destination,
    /// sorted: nothing is left to do for them but to forget them.
    pub forgotten: Vec<String>,
}

impl Plan {
    /// How many items there are of each kind.
    pub fn counts(&self) -> Counts {
        Counts::of(&self.items)
    }

    /// Whether applying it calls the destination at all, waiting approvals
    /// left out.
    pub fn has_writes(&self) -> bool {
        self.items.iter().any(|item| item.action.is_write() && !item.requires_approval)
    }

    /// Hex SHA-256 over the items and the fingerprints of the values they
    /// stand for: equal exactly when the same things would be done with the
    /// same values. Fingerprints are keyed, so nothing can be guessed from it.
    pub fn digest(&self) -> String {
        digest::of(&self.items)
    }
}
