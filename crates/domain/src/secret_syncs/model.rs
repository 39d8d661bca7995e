//! What a sync is told to do, read from its stored JSON. The stored text itself is what the API gives back.

use keyferry_connectors::KeySchema;
use keyferry_connectors::plan::{BreakerRule, EmptyValues, UnmanagedSecrets};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};

/// What becomes of a value whose reference leads nowhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnresolvedReferences {
    /// The key is left alone and named.
    #[default]
    Block,
    /// The text goes out as it stands.
    Literal,
}

/// `syncOptions.deletionBreaker`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Breaker {
    /// Absent: the organization's setting.
    #[default]
    Inherited,
    /// `null`: off.
    Off,
    /// A rule of its own.
    Rule(BreakerRule),
}

/// `syncOptions` (contract "connections and syncs", sections 3.4 and 3.9; own fields as the design names them).
#[derive(Clone, Debug, Default)]
pub struct SyncOptions {
    /// How a secret's key becomes a destination key.
    pub key_schema: KeySchema,
    /// Nothing is deleted.
    pub disable_secret_deletion: bool,
    /// Variables in the schema the sync did not write.
    pub unmanaged_secrets: UnmanagedSecrets,
    /// Empty source values.
    pub empty_values: EmptyValues,
    /// References that lead nowhere.
    pub unresolved_references: UnresolvedReferences,
    /// When many deletions wait for a yes.
    pub deletion_breaker: Breaker,
    /// Everything beneath the folder as well.
    pub include_all_sub_folders: bool,
}

impl SyncOptions {
    /// Reads stored options; unknown members are ignored, unknown words count as absent.
    ///
    /// # Errors
    /// [`Error::Internal`] when the text is no JSON object or its key schema is not valid: guessing a schema could delete.
    pub fn parse(stored: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(stored).map_err(|_| Error::internal("stored sync options cannot be read"))?;
        Self::from_value(&value)
    }

    /// As [`SyncOptions::parse`], from JSON.
    ///
    /// # Errors
    /// [`Error::Internal`] when it is no object or its key schema is not valid.
    pub fn from_value(value: &Value) -> Result<Self> {
        let object = value.as_object().ok_or_else(|| Error::internal("sync options are no object"))?;
        let flag = |name: &str| object.get(name).and_then(Value::as_bool).unwrap_or(false);
        let key_schema = match object.get("keySchema") {
            None | Some(Value::Null) => KeySchema::default(),
            Some(Value::String(text)) => KeySchema::parse(text).map_err(Error::internal)?,
            Some(_) => return Err(Error::internal("the stored key schema is no text")),
        };
        Ok(Self {
            key_schema,
            disable_secret_deletion: flag("disableSecretDeletion"),
            unmanaged_secrets: word(object.get("unmanagedSecrets")),
            empty_values: word(object.get("emptyValues")),
            unresolved_references: word(object.get("unresolvedReferences")),
            deletion_breaker: match object.get("deletionBreaker") {
                None => Breaker::Inherited,
                Some(Value::Null) => Breaker::Off,
                Some(rule) => BreakerRule::deserialize(rule).map_or(Breaker::Inherited, Breaker::Rule),
            },
            include_all_sub_folders: flag("includeAllSubFolders"),
        })
    }

    /// The breaker's rule, the organization's setting being `inherited` (JSON, if it has one); none when it is off.
    #[must_use]
    pub fn breaker_rule(&self, inherited: Option<&str>) -> Option<BreakerRule> {
        match self.deletion_breaker {
            Breaker::Rule(rule) => Some(rule),
            Breaker::Off => None,
            Breaker::Inherited => match inherited.map(serde_json::from_str::<Option<BreakerRule>>) {
                Some(Ok(setting)) => setting,
                None | Some(Err(_)) => Some(BreakerRule::default()),
            },
        }
    }
}

fn word<T: Default + for<'a> Deserialize<'a>>(value: Option<&Value>) -> T {
    value.and_then(|value| T::deserialize(value).ok()).unwrap_or_default()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn absent_members_take_the_defaults() {
        let options = SyncOptions::parse(r#"{"initialSyncBehavior":"overwrite-destination"}"#).unwrap();
        assert!(options.key_schema.is_empty());
        assert!(!options.disable_secret_deletion && !options.include_all_sub_folders);
        assert_eq!(options.unmanaged_secrets, UnmanagedSecrets::Approve);
        assert_eq!(options.empty_values, EmptyValues::Delete);
        assert_eq!(options.unresolved_references, UnresolvedReferences::Block);
        assert_eq!(options.breaker_rule(None), Some(BreakerRule { keys: 10, percent: 20 }));
        assert_eq!(options.breaker_rule(Some(r#"{"keys":1,"percent":2}"#)), Some(BreakerRule { keys: 1, percent: 2 }));
        assert_eq!(options.breaker_rule(Some("null")), None);
    }

    #[test]
    fn every_member_is_read() {
        let options = SyncOptions::parse(
            r#"{"keySchema":"A_{{secretKey}}","disableSecretDeletion":true,"unmanagedSecrets":"keep","emptyValues":"fail",
                "unresolvedReferences":"literal","deletionBreaker":null,"includeAllSubFolders":true}"#,
        )
        .unwrap();
        assert_eq!(options.key_schema.apply("K", "dev"), "A_K");
        assert!(options.disable_secret_deletion && options.include_all_sub_folders);
        assert_eq!(options.unmanaged_secrets, UnmanagedSecrets::Keep);
        assert_eq!(options.empty_values, EmptyValues::Fail);
        assert_eq!(options.unresolved_references, UnresolvedReferences::Literal);
        assert_eq!(options.breaker_rule(Some(r#"{"keys":1,"percent":2}"#)), None);
    }

    #[test]
    fn a_broken_schema_is_never_taken_for_none() {
        for text in [r#"{"keySchema":"A"}"#, r#"{"keySchema":7}"#, "[]", "x"] {
            assert!(SyncOptions::parse(text).is_err(), "{text}");
        }
    }
}
