//! One line of a plan, in the shape the API shows it.

use serde::{Deserialize, Serialize};

use super::Fingerprint;

/// What is done with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The variable is made.
    Create,
    /// Its value is written.
    Update,
    /// Its value is written again, to set its flags.
    Reflag,
    /// It is deleted.
    Delete,
    /// It stays, and is not as the source has it.
    Keep,
    /// It is as the source has it.
    Unchanged,
    /// It is left alone, because the source cannot say what it should be.
    Blocked,
}

impl Action {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Reflag => "reflag",
            Self::Delete => "delete",
            Self::Keep => "keep",
            Self::Unchanged => "unchanged",
            Self::Blocked => "blocked",
        }
    }

    /// Whether it calls the destination.
    pub fn is_write(self) -> bool {
        self.puts_value() || self == Self::Delete
    }

    /// Whether it sends a value.
    pub fn puts_value(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Reflag)
    }
}

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The destination does not have it.
    New,
    /// The value is another than the one last written, or than the one there.
    ValueChanged,
    /// Not secret, or not locked.
    FlagsDiffer,
    /// The destination has it, but the sync did not write it.
    AdoptsUnmanaged,
    /// Written by the sync, gone from the source.
    NotInSource,
    /// In the schema, not written by the sync, not in the source.
    Unmanaged,
    /// The key schema does not reach it.
    OutsideSchema,
    /// The source value is empty.
    EmptyValue,
    /// It would go, but deletion is switched off.
    DeletionDisabled,
    /// Value and flags as the ledger has them.
    Same,
    /// See [`super::BlockReason::Unreadable`].
    Unreadable,
    /// See [`super::BlockReason::UnresolvedReference`].
    UnresolvedReference,
    /// See [`super::BlockReason::OutsideGrant`].
    OutsideGrant,
    /// See [`super::BlockReason::KeyConflict`].
    KeyConflict,
}

impl Reason {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::ValueChanged => "value_changed",
            Self::FlagsDiffer => "flags_differ",
            Self::AdoptsUnmanaged => "adopts_unmanaged",
            Self::NotInSource => "not_in_source",
            Self::Unmanaged => "unmanaged",
            Self::OutsideSchema => "outside_schema",
            Self::EmptyValue => "empty_value",
            Self::DeletionDisabled => "deletion_disabled",
            Self::Same => "same",
            Self::Unreadable => "unreadable",
            Self::UnresolvedReference => "unresolved_reference",
            Self::OutsideGrant => "outside_grant",
            Self::KeyConflict => "key_conflict",
        }
    }
}

/// What "unchanged" stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerifiedBy {
    /// The ledger; a secret variable cannot be read back.
    Record,
    /// The value the destination showed.
    Value,
}

/// The two flags of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Flags {
    /// Never shown again by Checkly.
    pub secret: bool,
    /// Hidden in Checkly's pages.
    pub locked: bool,
}

impl Flags {
    /// What every write sets (Checkly API contract, section 9).
    pub const WRITTEN: Self = Self { secret: true, locked: true };
}

/// One key and what is done with it. Serializes to the API's shape; holds no
/// value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanItem {
    /// Key of the secret, where one is known.
    pub secret_key: Option<String>,
    /// Name of the variable.
    pub destination_key: String,
    /// What is done.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// It waits for a yes.
    pub requires_approval: bool,
    /// Version of the secret this is about.
    pub secret_version: Option<i32>,
    /// Flags at the destination now; none when it is not there.
    pub before: Option<Flags>,
    /// Flags afterwards; none when it is not there then.
    pub after: Option<Flags>,
    /// Destination key of a variable that is deleted in the same plan and held
    /// the same value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// What the judgement about the value stands on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_by: Option<VerifiedBy>,
    /// Fingerprint of the source value. Not part of the API's shape.
    #[serde(skip)]
    pub fingerprint: Option<Fingerprint>,
    /// Whether the ledger says the sync wrote it. Not part of the API's shape.
    #[serde(skip)]
    pub owned: bool,
}

/// How many items of each kind a plan has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Items that make a variable.
    pub create: u32,
    /// Items that write a value.
    pub update: u32,
    /// Items that set flags.
    pub reflag: u32,
    /// Items that delete.
    pub delete: u32,
    /// Items that leave a foreign or protected variable.
    pub keep: u32,
    /// Items with nothing to do.
    pub unchanged: u32,
    /// Items the source cannot decide.
    pub blocked: u32,
    /// Updates that take over a variable the sync did not write; contained in
    /// `update`.
    pub adopts: u32,
    /// Items that wait for a yes; contained in the others.
    pub requires_approval: u32,
}

impl Counts {
    pub(super) fn of(items: &[PlanItem]) -> Self {
        let mut counts = Self::default();
        for item in items {
            *match item.action {
                Action::Create => &mut counts.create,
                Action::Update => &mut counts.update,
                Action::Reflag => &mut counts.reflag,
                Action::Delete => &mut counts.delete,
                Action::Keep => &mut counts.keep,
                Action::Unchanged => &mut counts.unchanged,
                Action::Blocked => &mut counts.blocked,
            } += 1;
            counts.adopts += u32::from(item.reason == Reason::AdoptsUnmanaged);
            counts.requires_approval += u32::from(item.requires_approval);
        }
        counts
    }
}
