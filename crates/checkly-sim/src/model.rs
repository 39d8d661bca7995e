//! What the simulator keeps: keys, accounts, variables, groups, and the record of calls.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Role of a key; the wire names of the Checkly API contract, section 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Owner.
    Owner,
    /// Admin.
    Admin,
    /// Read & Write: the lowest role that may write.
    ReadWrite,
    /// Read & Run.
    ReadRun,
    /// Read Only.
    ReadOnly,
}

impl Role {
    /// Whether the role may create, change and delete variables and groups.
    #[must_use]
    pub fn may_write(self) -> bool {
        matches!(self, Self::Owner | Self::Admin | Self::ReadWrite)
    }
}

/// An account as `/v1/accounts` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// UUID in text form.
    pub id: String,
    /// Display name; left out of answers when empty.
    #[serde(default)]
    pub name: String,
    /// Runtime such as `2025.04`; left out of answers when none.
    #[serde(default)]
    pub runtime_id: Option<String>,
}

/// A variable with its true value, whatever the API would show.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Name; case-sensitive.
    pub key: String,
    /// True value.
    pub value: String,
    /// Never shown by the API again.
    #[serde(default)]
    pub secret: bool,
    /// Hidden in Checkly's interface.
    #[serde(default)]
    pub locked: bool,
}

impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Variable");
        shown.field("key", &self.key);
        if self.secret {
            shown.field("value", &format_args!("<{} bytes>", self.value.len()));
        } else {
            shown.field("value", &self.value);
        }
        shown.field("secret", &self.secret).field("locked", &self.locked).finish()
    }
}

/// A check group. Members beyond these four matters live in `settings`, as on the wire.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Group {
    /// Positive integer.
    pub id: u64,
    /// Display name.
    pub name: String,
    /// The group's variables, with true values.
    #[serde(default)]
    pub variables: Vec<Variable>,
    /// Writable members such as `activated` or `locations`; missing ones get their defaults when
    /// the group is added.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// Ids of the checks it holds; a group with checks is not deleted (409).
    #[serde(default)]
    pub checks: Vec<String>,
    /// `projectBindings.owner`: non-null when a Checkly CLI project owns the group.
    #[serde(default)]
    pub project_owner: Option<Value>,
    /// Some write left `autoAssignAlerts` at its default of true.
    #[serde(default)]
    pub alerts_auto_assigned: bool,
    /// Milliseconds since the Unix epoch of the creation.
    #[serde(default)]
    pub created_at_ms: i64,
    /// Milliseconds since the Unix epoch of the last write.
    #[serde(default)]
    pub updated_at_ms: i64,
}

/// One call to the simulated API, without any value and without the API key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    /// Order of arrival, from 1.
    pub seq: u64,
    /// Milliseconds from the simulator's start to the arrival.
    pub at_ms: u64,
    /// Milliseconds from the simulator's start to the answer; none while unanswered.
    pub answered_at_ms: Option<u64>,
    /// HTTP method.
    pub method: String,
    /// Path as sent, still percent-encoded, without the query.
    pub path: String,
    /// Query as sent.
    pub query: Option<String>,
    /// Label of the API key; none for an unknown one.
    pub key_label: Option<String>,
    /// Account header, or the account of a service key.
    pub account: Option<String>,
    /// Status of the answer; 0 when none was given (reset, hang, caller gone).
    pub status: u16,
    /// Name of the variable the call is about (account variables only).
    pub variable_key: Option<String>,
    /// Name of the fault that shaped the answer.
    pub fault: Option<String>,
}

/// An API key. Its text is a credential and has no `Debug`.
#[derive(Clone)]
pub(crate) struct ApiKey {
    pub label: String,
    pub role: Role,
    /// Accounts it reaches; a service key has exactly one.
    pub accounts: Vec<String>,
    pub service: bool,
    pub revoked: bool,
}
