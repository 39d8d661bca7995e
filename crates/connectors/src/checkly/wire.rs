//! What goes over the wire: paths, bodies, and the members that are read.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::connector::GroupVariable;
use crate::failure::{Failure, FailureKind};
use crate::plan::Flags;

/// Items asked for per page, the most Checkly gives.
pub(super) const PAGE_SIZE: usize = 100;

const KEPT_IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(super) const ACCOUNTS: &str = "/v1/accounts";
pub(super) const VARIABLES: &str = "/v1/variables";
pub(super) const GROUPS: &str = "/v1/check-groups";

/// Path of one page of a list; pages count from 1.
pub(super) fn page_path(list: &str, page: u32) -> String {
    format!("{list}?limit={PAGE_SIZE}&page={page}")
}

/// Path of one variable. The keys `.` and `..` have none: a path that ends in
/// them means another resource to every URL parser, escaped or not, Checkly's
/// included, so they are refused rather than sent somewhere else.
pub(super) fn variable_path(key: &str) -> Result<String, Failure> {
    if matches!(key, "" | "." | "..") {
        return Err(Failure::new(
            FailureKind::Rejected,
            format!("Checkly's API cannot address a variable named {key:?}; rename the secret."),
        ));
    }
    Ok(format!("{VARIABLES}/{}", utf8_percent_encode(key, KEPT_IN_PATHS)))
}

/// Path of one group under a version of the API; ids are positive integers.
pub(super) fn group_path(version: &str, group_id: &str) -> Result<String, Failure> {
    match group_id.parse::<u64>() {
        Ok(id) if id > 0 => Ok(format!("/{version}/check-groups/{id}")),
        _ => Err(Failure::new(
            FailureKind::TargetGone,
            "The check group's id is not one of Checkly's: it must be a positive number.",
        )),
    }
}

/// Body of a create and of an update: always these four members, as one left
/// out would fall back to false (Checkly API contract, section 3).
#[derive(Serialize)]
pub(super) struct VariableBody<'a> {
    key: &'a str,
    value: &'a str,
    secret: bool,
    locked: bool,
}

impl<'a> VariableBody<'a> {
    pub(super) fn new(key: &'a str, value: &'a SecretString, flags: Flags) -> Self {
        Self { key, value: value.expose_secret(), secret: flags.secret, locked: flags.locked }
    }
}

/// A variable as it is read. A missing key or a value of another type than
/// string fails the whole answer.
#[derive(Deserialize)]
pub(super) struct WireVariable {
    pub(super) key: String,
    #[serde(default)]
    value: Option<SecretString>,
    #[serde(default)]
    secret: Option<bool>,
    #[serde(default)]
    locked: Option<bool>,
}

impl WireVariable {
    pub(super) fn flags(&self) -> Flags {
        Flags { secret: self.secret == Some(true), locked: self.locked == Some(true) }
    }
}

impl From<WireVariable> for GroupVariable {
    fn from(wire: WireVariable) -> Self {
        let flags = wire.flags();
        Self {
            key: wire.key,
            // Whatever stands in the value of a secret, it is not its value.
            value: wire.value.filter(|_| !flags.secret),
            flags,
        }
    }
}

/// The confirmation of a write. The value it echoes is not read.
#[derive(Deserialize)]
pub(super) struct WireWritten {
    pub(super) key: String,
    #[serde(default)]
    pub(super) secret: Option<bool>,
}

/// An account as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireAccount {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) runtime_id: Option<String>,
}

/// A group of a list as it is read.
#[derive(Deserialize)]
pub(super) struct WireGroup {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) name: Option<String>,
}

/// A group of a list with the names of its variables.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireGroupKeys {
    #[serde(flatten)]
    pub(super) group: WireGroup,
    #[serde(default)]
    pub(super) environment_variables: Option<Vec<WireKey>>,
}

/// The name of a variable; its value is not read.
#[derive(Deserialize)]
pub(super) struct WireKey {
    pub(super) key: String,
}

/// An array of at most `MOST` items. A longer one fails before it is read, so
/// that a hostile answer cannot fill the memory with tiny items.
pub(super) struct Capped<T, const MOST: usize>(pub(super) Vec<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Capped<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T, const MOST: usize>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Items<T, MOST> {
            type Value = Capped<T, MOST>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "an array of at most {MOST} items")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    if items.len() == MOST {
                        return Err(de::Error::invalid_length(MOST + 1, &self));
                    }
                    items.push(item);
                }
                Ok(Capped(items))
            }
        }

        deserializer.deserialize_seq(Items(std::marker::PhantomData))
    }
}
