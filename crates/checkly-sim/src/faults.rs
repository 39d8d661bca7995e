//! Faults: which calls they meet and what they do to them.

use serde::{Deserialize, Serialize};

use crate::config::RetryAfter;
use crate::model::Role;

/// A fault that stays armed until it is cleared or its count is used up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which calls it meets; by default every call.
    #[serde(default)]
    pub matcher: Matcher,
    /// What happens to them.
    pub effect: FaultEffect,
}

/// Conditions of a fault; an absent one always holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Matcher {
    /// HTTP method, in any case.
    pub method: Option<String>,
    /// Beginning of the path as sent, such as `/v1/variables`.
    pub path_prefix: Option<String>,
    /// Name of the variable written or read; for group writes, any variable of the body.
    pub key: Option<String>,
    /// The first matching call it acts on, from 1.
    pub nth: Option<u32>,
    /// How many matching calls it acts on from there; absent means for ever.
    pub count: Option<u32>,
}

/// What a fault does to a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultEffect {
    /// Answers with this status.
    Status {
        /// HTTP status.
        status: u16,
        /// Shape of the body.
        #[serde(default)]
        body: ErrorBody,
        /// The call takes effect before the answer is replaced.
        #[serde(default)]
        apply: bool,
    },
    /// Answers 429.
    RateLimited {
        /// The header that goes with it.
        #[serde(default)]
        retry_after: RetryAfter,
    },
    /// Resets the connection; the call has no effect.
    ResetBeforeApply,
    /// Resets the connection while the call takes effect.
    ResetDuringApply,
    /// Resets the connection after the call took effect.
    ResetAfterApply,
    /// Promises the whole answer and closes after half of it.
    Truncate,
    /// The right body under this content type.
    WrongContentType {
        /// By default `text/html`.
        #[serde(default)]
        content_type: Option<String>,
    },
    /// 200 with a body that means nothing; the call has no effect.
    Nonsense {
        /// By default a JSON object of unknown members.
        #[serde(default)]
        body: Option<String>,
    },
    /// Sends the caller to another address; the call has no effect.
    Redirect {
        /// By default 307.
        #[serde(default)]
        status: Option<u16>,
        /// The `Location` header.
        location: String,
    },
    /// 200 with far more than anybody asked for, without saying how much; the call has no effect.
    Huge {
        /// Bytes.
        bytes: u64,
        /// What they are.
        #[serde(default)]
        filling: Filling,
    },
    /// The right answer, one byte at a time.
    Drip {
        /// Pause between two bytes.
        ms: u64,
    },
    /// 200 with `[]`.
    EmptyList,
    /// Pages after the first begin so many rows early, repeating keys.
    RepeatKeys {
        /// Rows.
        by: u32,
    },
    /// Pages after the first begin so many rows late, dropping keys.
    DropKeys {
        /// Rows.
        by: u32,
    },
    /// Nothing is answered.
    Hang {
        /// For so long, then the call goes on; absent means until the simulator stops.
        #[serde(default)]
        ms: Option<u64>,
        /// The call takes effect before the silence.
        #[serde(default)]
        apply: bool,
    },
    /// Writes answer 400 about their value; reads pass. For one bad key among good ones.
    RefuseValue,
    /// Writes answer 400 and repeat in it the value that was sent; reads pass.
    EchoValue,
    /// The API key of the call is revoked first.
    RevokeKey,
    /// The API key of the call gets this role first.
    SetRole {
        /// The new role.
        role: Role,
    },
    /// The account of the call vanishes first.
    RemoveAccount,
    /// The group named in the path vanishes first.
    RemoveGroup,
    /// Somebody sets a variable of the account just before the call.
    EditVariable {
        /// Name.
        key: String,
        /// Value.
        value: String,
        /// Flag.
        #[serde(default)]
        secret: bool,
        /// Flag.
        #[serde(default)]
        locked: bool,
    },
    /// Somebody deletes a variable of the account just before the call.
    DeleteVariable {
        /// Name.
        key: String,
    },
    /// Somebody sets a variable of the group named in the path just before the call.
    EditGroupVariable {
        /// Name.
        key: String,
        /// Value.
        value: String,
        /// Flag.
        #[serde(default)]
        secret: bool,
        /// Flag.
        #[serde(default)]
        locked: bool,
    },
    /// Somebody deletes a variable of the group named in the path just before the call.
    DeleteGroupVariable {
        /// Name.
        key: String,
    },
}

/// What a huge answer is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filling {
    /// A list of empty objects.
    #[default]
    Items,
    /// Blanks, then nothing.
    Blanks,
    /// Lists in lists.
    Nested,
    /// One variable whose value does not end.
    Value,
}

/// Shape of an error body; Checkly's CLI accepts four of them (contract, section 6).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorBody {
    /// `{statusCode, error, message}`.
    #[default]
    Json,
    /// A gateway's HTML page.
    Html,
    /// `{error}`.
    ErrorOnly,
    /// `{message, errorCode}`.
    MessageAndCode,
    /// A JSON string.
    BareString,
    /// No body.
    Empty,
}

impl Fault {
    /// A fault for every call.
    #[must_use]
    pub fn new(effect: FaultEffect) -> Self {
        Self { matcher: Matcher::default(), effect }
    }

    /// Only calls with this method.
    #[must_use]
    pub fn on_method(mut self, method: &str) -> Self {
        self.matcher.method = Some(method.to_owned());
        self
    }

    /// Only calls whose path begins so.
    #[must_use]
    pub fn on_path(mut self, prefix: &str) -> Self {
        self.matcher.path_prefix = Some(prefix.to_owned());
        self
    }

    /// Only calls about this variable.
    #[must_use]
    pub fn on_key(mut self, key: &str) -> Self {
        self.matcher.key = Some(key.to_owned());
        self
    }

    /// From the nth matching call on, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: u32) -> Self {
        self.matcher.nth = Some(nth);
        self
    }

    /// For so many matching calls.
    #[must_use]
    pub fn times(mut self, count: u32) -> Self {
        self.matcher.count = Some(count);
        self
    }
}

impl FaultEffect {
    /// Name in the log of calls: the `type` of its JSON form.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::RateLimited { .. } => "rate_limited",
            Self::ResetBeforeApply => "reset_before_apply",
            Self::ResetDuringApply => "reset_during_apply",
            Self::ResetAfterApply => "reset_after_apply",
            Self::Truncate => "truncate",
            Self::WrongContentType { .. } => "wrong_content_type",
            Self::Nonsense { .. } => "nonsense",
            Self::Redirect { .. } => "redirect",
            Self::Huge { .. } => "huge",
            Self::Drip { .. } => "drip",
            Self::EmptyList => "empty_list",
            Self::RepeatKeys { .. } => "repeat_keys",
            Self::DropKeys { .. } => "drop_keys",
            Self::Hang { .. } => "hang",
            Self::RefuseValue => "refuse_value",
            Self::EchoValue => "echo_value",
            Self::RevokeKey => "revoke_key",
            Self::SetRole { .. } => "set_role",
            Self::RemoveAccount => "remove_account",
            Self::RemoveGroup => "remove_group",
            Self::EditVariable { .. } => "edit_variable",
            Self::DeleteVariable { .. } => "delete_variable",
            Self::EditGroupVariable { .. } => "edit_group_variable",
            Self::DeleteGroupVariable { .. } => "delete_group_variable",
        }
    }

    /// Whether it changes the state and leaves the answer to the routes.
    pub(crate) fn changes_state(&self) -> bool {
        matches!(
            self,
            Self::RevokeKey
                | Self::SetRole { .. }
                | Self::RemoveAccount
                | Self::RemoveGroup
                | Self::EditVariable { .. }
                | Self::DeleteVariable { .. }
                | Self::EditGroupVariable { .. }
                | Self::DeleteGroupVariable { .. }
        )
    }
}

/// What a fault sees of a call.
#[derive(Debug)]
pub(crate) struct CallFacts<'a> {
    pub method: &'a str,
    pub path: &'a str,
    /// The variable of the path or body, or those of a group body.
    pub keys: &'a [String],
}

/// A fault with the count of calls it has matched.
#[derive(Debug)]
pub(crate) struct ArmedFault {
    pub fault: Fault,
    matched: u32,
}

impl ArmedFault {
    pub(crate) fn new(fault: Fault) -> Self {
        Self { fault, matched: 0 }
    }

    /// Counts the call if it matches, and says whether the fault acts on it.
    pub(crate) fn meets(&mut self, call: &CallFacts<'_>) -> bool {
        let Matcher { method, path_prefix, key, nth, count } = &self.fault.matcher;
        let matches = method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(call.method))
            && path_prefix.as_ref().is_none_or(|prefix| call.path.starts_with(prefix))
            && key.as_ref().is_none_or(|key| call.keys.contains(key));
        if !matches {
            return false;
        }
        self.matched = self.matched.saturating_add(1);
        let first = nth.unwrap_or(1).max(1);
        self.matched >= first && count.is_none_or(|count| self.matched - first < count)
    }
}
