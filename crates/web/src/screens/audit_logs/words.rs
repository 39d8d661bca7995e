//! Rows of the log in words.

use keyferry_domain::audit::Row;
use serde_json::{Map, Value};

/// An event type as people say it: `create-app-connection` is "Create app connection".
pub(crate) fn event_words(event_type: &str) -> String {
    let mut words = event_type.replace('-', " ");
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// Who did it: mail address or name, else the kind of actor.
pub(crate) fn actor_name(row: &Row) -> String {
    let metadata = object(&row.actor_metadata);
    let named = ["email", "name"].iter().find_map(|key| metadata.get(*key)?.as_str().map(str::to_owned));
    named.unwrap_or_else(|| match row.actor_type.as_str() {
        "platform" => "Keyferry".to_owned(),
        other => other.to_owned(),
    })
}

/// The metadata as a sentence of pairs.
pub(super) fn sentence(row: &Row) -> String {
    let metadata = object(&row.event_metadata);
    let pairs: Vec<String> =
        metadata.iter().filter_map(|(key, value)| Some(format!("{}: {}", label(key), short(value)?))).collect();
    pairs.join(" · ")
}

/// The metadata as it is stored, indented.
pub(super) fn raw(row: &Row) -> String {
    serde_json::from_str::<Value>(&row.event_metadata)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| row.event_metadata.clone())
}

fn object(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap_or_default()
}

/// `secretPath` is "secret path".
fn label(key: &str) -> String {
    let mut words = String::new();
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

fn short(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.chars().take(80).collect()),
        Value::Bool(flag) => Some(if *flag { "yes" } else { "no" }.to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(list) if list.is_empty() => None,
        Value::Array(list) => Some(format!("{} entries", list.len())),
        _ => None,
    }
}

#[cfg(test)]
mod word_tests {
    use super::*;

    #[test]
    fn events_and_keys_are_words() {
        assert_eq!(event_words("create-app-connection"), "Create app connection");
        assert_eq!(event_words(""), "");
        assert_eq!(label("secretPath"), "secret path");
    }
}
