//! What a group body may hold, and what a write makes of it (Checkly API contract, section 4).

use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::{filled, flag, text};
use crate::config::{Behaviour, BlankGroupSecret, GroupSecretRead};
use crate::error::ApiError;
use crate::model::{Group, Variable};

/// Most variables of a group.
const MAX_VARIABLES: usize = 200;

/// Alert channel every simulated account has; auto-assignment subscribes groups to it.
pub(crate) const ALERT_CHANNEL_ID: u64 = 1;

/// Which group routes a write came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    V1,
    V2,
}

/// JSON types of a writable member.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Bool,
    Strings,
    List,
    Object,
    Text,
    Count,
    Strategy,
}

/// Writable members other than `name` and `environmentVariables`, with type and default.
const SETTINGS: [(&str, Kind); 19] = [
    ("activated", Kind::Bool),
    ("muted", Kind::Bool),
    ("tags", Kind::Strings),
    ("locations", Kind::Strings),
    ("concurrency", Kind::Count),
    ("apiCheckDefaults", Kind::Object),
    ("browserCheckDefaults", Kind::Object),
    ("runtimeId", Kind::Text),
    ("doubleCheck", Kind::Bool),
    ("useGlobalAlertSettings", Kind::Bool),
    ("alertSettings", Kind::Object),
    ("alertChannelSubscriptions", Kind::List),
    ("setupSnippetId", Kind::Count),
    ("tearDownSnippetId", Kind::Count),
    ("localSetupScript", Kind::Text),
    ("localTearDownScript", Kind::Text),
    ("privateLocations", Kind::Strings),
    ("runParallel", Kind::Bool),
    ("retryStrategy", Kind::Strategy),
];

fn default_of(member: &str) -> Value {
    match member {
        "activated" | "useGlobalAlertSettings" => json!(true),
        "muted" | "doubleCheck" | "runParallel" => json!(false),
        "tags" | "locations" | "alertChannelSubscriptions" | "privateLocations" => json!([]),
        "concurrency" => json!(3),
        "apiCheckDefaults" | "browserCheckDefaults" | "alertSettings" => json!({}),
        "retryStrategy" => json!("FALLBACK"),
        _ => Value::Null,
    }
}

/// Every setting at its default.
pub(crate) fn default_settings() -> Map<String, Value> {
    SETTINGS.iter().map(|(member, _)| ((*member).to_owned(), default_of(member))).collect()
}

fn fits(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::Bool => value.is_boolean(),
        Kind::Strings => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
        Kind::List => value.is_array(),
        Kind::Object => value.is_object(),
        Kind::Text => value.is_string(),
        Kind::Count => value.as_u64().is_some_and(|count| count > 0),
        Kind::Strategy => value.is_object() || value.is_string(),
    }
}

/// A new group from the body of a create.
pub(crate) fn created(id: u64, body: &Map<String, Value>) -> Result<Group, ApiError> {
    let empty = Group { id, settings: default_settings(), ..Group::default() };
    let behaviour = Behaviour { put_resets_omitted: true, ..Behaviour::default() };
    updated(&empty, body, Version::V2, &behaviour)
}

/// The group as an update leaves it. Unknown and read-only members are tolerated.
pub(crate) fn updated(
    present: &Group,
    body: &Map<String, Value>,
    version: Version,
    behaviour: &Behaviour,
) -> Result<Group, ApiError> {
    let mut group = present.clone();
    let nameless = body.get("name").is_none_or(Value::is_null);
    if version == Version::V2 || !nameless {
        group.name = filled(body, "name").map_err(|error| error.with_validation("name"))?;
    }
    for (member, kind) in SETTINGS {
        match body.get(member) {
            Some(value) if !value.is_null() => {
                if !fits(kind, value) {
                    let error = ApiError::bad_request(format!("\"{member}\" has a wrong type"));
                    return Err(error.with_validation(member));
                }
                group.settings.insert(member.to_owned(), value.clone());
            }
            _ if behaviour.put_resets_omitted => {
                group.settings.insert(member.to_owned(), default_of(member));
            }
            _ => {}
        }
    }
    match body.get("environmentVariables") {
        // Null clears the list under both readings of PUT.
        Some(Value::Null) => group.variables.clear(),
        Some(list) => {
            group.variables = variables(list, present, behaviour.blank_group_secret)
                .map_err(|error| error.with_validation("environmentVariables"))?;
        }
        None if behaviour.put_resets_omitted => group.variables.clear(),
        None => {}
    }
    Ok(group)
}

fn variables(list: &Value, present: &Group, blank: BlankGroupSecret) -> Result<Vec<Variable>, ApiError> {
    let items = list.as_array().ok_or_else(|| ApiError::bad_request("\"environmentVariables\" must be an array"))?;
    if items.len() > MAX_VARIABLES {
        return Err(ApiError::bad_request("\"environmentVariables\" must contain less than or equal to 200 items"));
    }
    items.iter().map(|item| variable(item, present, blank)).collect()
}

fn variable(item: &Value, present: &Group, blank: BlankGroupSecret) -> Result<Variable, ApiError> {
    let item = item.as_object().ok_or_else(|| ApiError::bad_request("\"environmentVariables\" must hold objects"))?;
    let mut variable = Variable {
        key: filled(item, "key")?,
        value: text(item, "value")?,
        secret: flag(item, "secret")?,
        locked: flag(item, "locked")?,
    };
    let earlier = present.variables.iter().find(|known| known.secret && known.key == variable.key);
    if let (true, true, Some(earlier)) = (variable.secret, variable.value.is_empty(), earlier) {
        match blank {
            BlankGroupSecret::Blank => {}
            BlankGroupSecret::Keep => variable.value.clone_from(&earlier.value),
            BlankGroupSecret::Refuse => {
                return Err(ApiError::bad_request("\"value\" is not allowed to be empty"));
            }
        }
    }
    Ok(variable)
}

/// Subscribes the group to the account's alert channel, as `autoAssignAlerts` may do.
pub(crate) fn assign_alerts(group: &mut Group) {
    group.alerts_auto_assigned = true;
    let subscriptions = group.settings.entry("alertChannelSubscriptions").or_insert_with(|| Value::Array(Vec::new()));
    let Some(list) = subscriptions.as_array_mut() else { return };
    let known = |item: &Value| item.get("alertChannelId") == Some(&json!(ALERT_CHANNEL_ID));
    if !list.iter().any(known) {
        list.push(json!({ "alertChannelId": ALERT_CHANNEL_ID, "activated": true }));
    }
}

/// The group as the API shows it.
pub(crate) fn shown(group: &Group, behaviour: &Behaviour) -> Value {
    let mut object = Map::new();
    object.insert("id".to_owned(), group.id.into());
    object.insert("name".to_owned(), group.name.clone().into());
    object.extend(group.settings.clone());
    let variables = if group.variables.is_empty() && behaviour.empty_group_variables_null {
        Value::Null
    } else {
        group.variables.iter().map(|row| item(row, behaviour.group_secret_read)).collect()
    };
    object.insert("environmentVariables".to_owned(), variables);
    object.insert("checks".to_owned(), group.checks.clone().into());
    object.insert("projectBindings".to_owned(), json!({ "owner": group.project_owner }));
    object.insert("created_at".to_owned(), timestamp(group.created_at_ms));
    object.insert("updated_at".to_owned(), timestamp(group.updated_at_ms));
    Value::Object(object)
}

fn item(variable: &Variable, read: GroupSecretRead) -> Value {
    let mut item = Map::new();
    item.insert("key".to_owned(), variable.key.clone().into());
    match (variable.secret, read) {
        (false, _) => {
            item.insert("value".to_owned(), variable.value.clone().into());
        }
        (true, GroupSecretRead::Empty) => {
            item.insert("value".to_owned(), "".into());
        }
        (true, GroupSecretRead::Null) => {
            item.insert("value".to_owned(), Value::Null);
        }
        (true, GroupSecretRead::Absent) => {}
    }
    item.insert("locked".to_owned(), variable.locked.into());
    item.insert("secret".to_owned(), variable.secret.into());
    Value::Object(item)
}

fn timestamp(ms: i64) -> Value {
    DateTime::from_timestamp_millis(ms).map(|at| at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()).into()
}
