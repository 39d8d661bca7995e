//! A schema from an example: kinds of values, and which keys are always there.

use serde_json::{Map, Value, json};

/// The schema of values like the example. A key ending in `?` is optional; `null` stands for anything.
pub(super) fn schema(example: &Value) -> Value {
    match example {
        Value::Null => json!({}),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Number(number) if number.is_i64() || number.is_u64() => json!({ "type": "integer" }),
        Value::Number(_) => json!({ "type": "number" }),
        Value::String(_) => json!({ "type": "string" }),
        Value::Array(items) => json!({ "type": "array", "items": items.first().map_or_else(|| json!({}), schema) }),
        Value::Object(map) => {
            let properties: Map<String, Value> = map.iter().map(|(key, value)| (plain(key).to_owned(), schema(value))).collect();
            let required: Vec<&String> = map.keys().filter(|key| !key.ends_with('?')).collect();
            json!({ "type": "object", "properties": properties, "required": required })
        }
    }
}

/// The example without the marks of optional keys.
pub(super) fn clean(example: &Value) -> Value {
    match example {
        Value::Array(items) => items.iter().map(clean).collect(),
        Value::Object(map) => Value::Object(map.iter().map(|(key, value)| (plain(key).to_owned(), clean(value))).collect()),
        other => other.clone(),
    }
}

fn plain(key: &str) -> &str {
    key.strip_suffix('?').unwrap_or(key)
}
