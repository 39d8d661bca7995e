//! What people set on a sync, on its way in (contract "connections and syncs", sections 3.4 and 3.9; the fields after
//! `includeAllSubFolders` are Keyferry's own). Optional members that are absent stay absent in the stored JSON.

use keyferry_connectors::plan::{BreakerRule, EmptyValues, UnmanagedSecrets};
use keyferry_connectors::{KeySchema, KeySchemaError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::destination::DestinationConfig;
use super::model::UnresolvedReferences;
use super::trigger::{Approval, ApprovedKeys};
use crate::error::{Error, Issue, Result};

/// Longest name of a sync, in characters.
pub(super) const MAX_NAME: usize = 256;
/// Longest text in a destination's configuration, in UTF-16 units.
const MAX_CONFIG_TEXT: usize = 255;

/// What happens to secrets that are already at the destination when a sync starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InitialSyncBehavior {
    /// The source decides. The only behaviour Checkly allows, as secrets cannot be read back from it.
    #[default]
    OverwriteDestination,
}

/// `syncOptions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncOptionsInput {
    /// What happens at the first sync.
    pub initial_sync_behavior: InitialSyncBehavior,
    /// How destination keys are made; empty for "as they are".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_schema: Option<String>,
    /// Never deletes at the destination.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_secret_deletion: Option<bool>,
    /// Includes all folders beneath.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_all_sub_folders: Option<bool>,
    /// Variables inside the key schema that the sync did not write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unmanaged_secrets: Option<UnmanagedSecrets>,
    /// Empty source values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub empty_values: Option<EmptyValues>,
    /// References that lead nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unresolved_references: Option<UnresolvedReferences>,
    /// How many deletions need no approval; `Some(None)` for any number, `None` for the organization's setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_breaker: Option<Option<BreakerRule>>,
}

/// The text of the issue for a key schema outside the rule (section 4.4).
pub const KEY_SCHEMA_MESSAGE: &str = "Key schema must include exactly one {{secretKey}} placeholder. It can also include {{environment}} placeholders. Only alphanumeric characters (a-z, A-Z, 0-9), dashes (-), underscores (_), and slashes (/) are allowed besides the placeholders.";

/// Whether a key schema follows the rule; its length is another matter.
#[must_use]
pub fn is_key_schema(text: &str) -> bool {
    !matches!(KeySchema::parse(text), Err(KeySchemaError::Invalid))
}

impl SyncOptionsInput {
    /// The key schema's rule (section 4.4).
    pub(super) fn check(&self) -> Result<()> {
        let Some(schema) = &self.key_schema else { return Ok(()) };
        let Err(error) = KeySchema::parse(schema) else { return Ok(()) };
        let path = ["syncOptions", "keySchema"];
        Err(match error {
            KeySchemaError::Invalid => Error::invalid_field(&path, error.to_string()),
            KeySchemaError::TooLong => too_big(&path, &error.to_string()),
        })
    }
}

/// Lengths, with the contract's texts (one of them says "Account ID" of the name, as the original does).
pub(super) fn check_destination_config(config: &DestinationConfig) -> Result<()> {
    let fields = [
        ("accountId", Some(&config.account_id), "Account ID is required", "Account ID must be less than 255 characters"),
        ("accountName", config.account_name.as_ref(), "Account Name is required", "Account ID must be less than 255 characters"),
        ("groupId", config.group_id.as_ref(), "Group ID is required", "Group ID must be less than 255 characters"),
        ("groupName", config.group_name.as_ref(), "Group Name is required", "Group Name must be less than 255 characters"),
    ];
    for (name, text, empty, long) in fields {
        let path = ["destinationConfig", name];
        match text {
            Some(text) if text.is_empty() => return Err(too_small(&path, empty)),
            Some(text) if text.encode_utf16().count() > MAX_CONFIG_TEXT => return Err(too_big(&path, long)),
            _ => {}
        }
    }
    Ok(())
}

/// Deletions approved in a plan made before its sync exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApproveInput {
    /// The plan.
    pub plan_id: Uuid,
    /// Its digest.
    pub digest: String,
    /// Which of its deletions.
    pub keys: ApprovedKeys,
}

impl ApproveInput {
    /// As the audit log keeps it: in the request's words.
    pub(super) fn metadata(&self) -> Value {
        let keys = match &self.keys {
            ApprovedKeys::All => json!("all"),
            ApprovedKeys::Only(keys) => json!(keys),
        };
        json!({"planId": self.plan_id, "digest": self.digest, "keys": keys})
    }

    /// As a run carries it: it counts only if the run's own plan has this digest.
    pub(super) fn approval(&self) -> Approval {
        Approval { digest: Some(self.digest.clone()), keys: self.keys.clone() }
    }
}

/// The JSON of something people set.
pub(super) fn to_json(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(Error::internal)
}

/// Like [`to_json`], of something that is an object.
pub(super) fn to_map(value: &impl Serialize) -> Result<Map<String, Value>> {
    match to_json(value)? {
        Value::Object(map) => Ok(map),
        _ => Err(Error::internal("not an object")),
    }
}

/// The flag may be given in either place; in both, it must say the same.
pub(super) fn check_sub_folders(beside: Option<bool>, within: Option<bool>) -> Result<()> {
    match (beside, within) {
        (Some(beside), Some(within)) if beside != within => Err(Error::invalid_field(
            &["includeAllSubFolders"],
            "includeAllSubFolders and syncOptions.includeAllSubFolders contradict each other; give one of them",
        )),
        _ => Ok(()),
    }
}

fn too_small(path: &[&str], message: &str) -> Error {
    Error::Invalid(vec![Issue {
        body: json!({
            "code": "too_small", "minimum": 1, "type": "string", "inclusive": true, "exact": false, "message": message,
            "path": path,
        }),
    }])
}

fn too_big(path: &[&str], message: &str) -> Error {
    Error::Invalid(vec![Issue {
        body: json!({
            "code": "too_big", "maximum": MAX_CONFIG_TEXT, "type": "string", "inclusive": true, "exact": false,
            "message": message, "path": path,
        }),
    }])
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn absent_members_stay_absent() {
        let options = SyncOptionsInput { key_schema: Some(String::new()), ..SyncOptionsInput::default() };
        let text = serde_json::to_string(&options).unwrap();
        assert_eq!(text, r#"{"initialSyncBehavior":"overwrite-destination","keySchema":""}"#);
        let off = SyncOptionsInput { deletion_breaker: Some(None), ..SyncOptionsInput::default() };
        let text = serde_json::to_string(&off).unwrap();
        assert_eq!(text, r#"{"initialSyncBehavior":"overwrite-destination","deletionBreaker":null}"#);
    }

    #[test]
    fn key_schemas_follow_the_rule() {
        let check = |schema: &str| SyncOptionsInput { key_schema: Some(schema.to_owned()), ..Default::default() }.check();
        for schema in ["", "{{secretKey}}", "SHOP_{{secretKey}}", "{{environment}}_{{secretKey}}_X", "a/b/{{secretKey}}"] {
            assert!(check(schema).is_ok(), "{schema}");
        }
        for schema in ["SHOP_", "{{environment}}", "{{ secretKey }}", "{{secretKey}}!", "{{", "{{key}}_{{secretKey}}"] {
            assert!(matches!(check(schema), Err(Error::Invalid(_))), "{schema}");
        }
        let long = format!("{{{{secretKey}}}}{}", "a".repeat(243));
        let Err(Error::Invalid(issues)) = check(&long) else { unreachable!("256 characters are too many") };
        assert_eq!(issues[0].body["code"], "too_big");
        assert_eq!(KeySchemaError::Invalid.to_string(), KEY_SCHEMA_MESSAGE);
    }
}
