//! A schema from an example: kinds of values, and which keys are always there.

use serde_json::{Map, Value, json};

/// Behind a key whose value may be `null` as well.
const NULLABLE: &str = "|null";

/// The schema of values like the example. A key ending in `?` is optional, the value of one ending in `|null` may be `null` (both:
/// `?|null`); `null` itself stands for anything.
pub(super) fn schema(example: &Value) -> Value {
    match example {
        Value::Null => json!({}),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Number(number) if number.is_i64() || number.is_u64() => json!({ "type": "integer" }),
        Value::Number(_) => json!({ "type": "number" }),
        Value::String(_) => json!({ "type": "string" }),
        Value::Array(items) => json!({ "type": "array", "items": items.first().map_or_else(|| json!({}), schema) }),
        Value::Object(map) => {
            let properties: Map<String, Value> =
                map.iter().map(|(key, value)| (plain(key).to_owned(), field(key, value))).collect();
            let required: Vec<&str> = map.keys().filter(|key| !is_optional(key)).map(|key| plain(key)).collect();
            json!({ "type": "object", "properties": properties, "required": required })
        }
    }
}

fn field(key: &str, value: &Value) -> Value {
    let mut schema = schema(value);
    if key.ends_with(NULLABLE)
        && let Some(kind) = schema["type"].as_str()
    {
        schema["type"] = json!([kind, "null"]);
    }
    schema
}

/// The example without the marks of its keys.
pub(super) fn clean(example: &Value) -> Value {
    match example {
        Value::Array(items) => items.iter().map(clean).collect(),
        Value::Object(map) => Value::Object(map.iter().map(|(key, value)| (plain(key).to_owned(), clean(value))).collect()),
        other => other.clone(),
    }
}

fn is_optional(key: &str) -> bool {
    key.strip_suffix(NULLABLE).unwrap_or(key).ends_with('?')
}

fn plain(key: &str) -> &str {
    let key = key.strip_suffix(NULLABLE).unwrap_or(key);
    key.strip_suffix('?').unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_say_what_may_be_missing_or_null() {
        let example = json!({ "id": "a", "name|null": "b", "color?|null": { "r": 1 }, "size?": 2, "any": null });
        let properties = json!({
            "id": { "type": "string" },
            "name": { "type": ["string", "null"] },
            "color": { "type": ["object", "null"], "properties": { "r": { "type": "integer" } }, "required": ["r"] },
            "size": { "type": "integer" },
            "any": {}
        });
        assert_eq!(schema(&example), json!({ "type": "object", "properties": properties, "required": ["id", "name", "any"] }));
        assert_eq!(clean(&example), json!({ "id": "a", "name": "b", "color": { "r": 1 }, "size": 2, "any": null }));
    }
}
