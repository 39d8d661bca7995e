//! Reads what the pages need out of the OpenAPI document.

use anyhow::Context as _;
use serde_json::{Map, Value};

/// One method of one path.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Upper case.
    pub method: String,
    /// With the parts in braces.
    pub path: String,
    /// The group it belongs to.
    pub tag: String,
    /// What it does, in one line.
    pub summary: String,
    /// The permission it needs, where it names one.
    pub permission: Option<String>,
    /// Whether a caller has to be known.
    pub needs_token: bool,
    /// Parts of the path and of the query.
    pub parameters: Vec<Field>,
    /// Fields of the body, those of inner objects after the object.
    pub body: Vec<Field>,
    /// An answer.
    pub example: Value,
}

/// A parameter or a field of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Inner fields with their object's name before them: `syncOptions.keySchema`.
    pub name: String,
    /// `path`, `query` or `body`.
    pub place: String,
    /// Type and limits in words.
    pub kind: String,
    /// Whether it may be left out.
    pub is_required: bool,
}

/// Every operation, in the order of the document.
///
/// # Errors
/// When the text is no OpenAPI document.
pub fn operations(text: &str) -> anyhow::Result<Vec<Operation>> {
    let document: Value = serde_json::from_str(text).context("the OpenAPI document is not JSON")?;
    let paths = document["paths"].as_object().context("the OpenAPI document has no paths")?;
    let mut found = Vec::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().context("a path without methods")? {
            found.push(read(path, method, operation));
        }
    }
    Ok(found)
}

fn read(path: &str, method: &str, operation: &Value) -> Operation {
    let text = |name: &str| operation[name].as_str().unwrap_or_default().to_owned();
    let permission = operation["description"].as_str().and_then(|d| d.strip_prefix("Permission: `")?.strip_suffix("`."));
    let parameters = operation["parameters"].as_array().into_iter().flatten().map(|parameter| Field {
        name: parameter["name"].as_str().unwrap_or_default().to_owned(),
        place: parameter["in"].as_str().unwrap_or_default().to_owned(),
        kind: kind(&parameter["schema"]),
        is_required: parameter["required"] == true,
    });
    let mut body = Vec::new();
    fields(&operation["requestBody"]["content"]["application/json"]["schema"], "", &mut body);
    Operation {
        method: method.to_uppercase(),
        path: path.to_owned(),
        tag: operation["tags"][0].as_str().unwrap_or("Other").to_owned(),
        summary: text("summary"),
        permission: permission.map(str::to_owned),
        needs_token: operation["security"].as_array().is_some_and(|security| !security.is_empty()),
        parameters: parameters.collect(),
        body,
        example: operation["responses"]["200"]["content"]["application/json"]["example"].clone(),
    }
}

/// The fields of an object, of objects in it, and of objects in its lists.
fn fields(schema: &Value, before: &str, found: &mut Vec<Field>) {
    let nothing = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&nothing);
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, property) in properties {
        let full = format!("{before}{name}");
        let is_required = required.contains(&name.as_str());
        found.push(Field { name: full.clone(), place: "body".to_owned(), kind: kind(property), is_required });
        for inner in std::iter::once(property).chain(property["anyOf"].as_array().into_iter().flatten()) {
            fields(inner, &format!("{full}."), found);
            fields(&inner["items"], &format!("{full}[]."), found);
        }
    }
}

/// A schema in words: "string, 1 to 64", "`keep` or `delete`", "list of string".
fn kind(schema: &Value) -> String {
    if let Some(choices) = schema["anyOf"].as_array() {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(word).collect::<Vec<_>>().join(" or ");
    }
    if let Some(only) = schema.get("const") {
        return word(only);
    }
    let mut text = match schema["type"].as_str() {
        Some("array") => match kind(&schema["items"]).as_str() {
            "" => "list".to_owned(),
            items => format!("list of {items}"),
        },
        Some("string") => schema["format"].as_str().unwrap_or("string").to_owned(),
        Some("null") => "`null`".to_owned(),
        Some(name) => name.to_owned(),
        None => "anything".to_owned(),
    };
    let pair = |least: &str, most: &str| (schema[least].as_u64(), schema[most].as_u64());
    for (range, unit) in [
        (pair("minLength", "maxLength"), " characters"),
        (pair("minItems", "maxItems"), " items"),
        ((schema["minimum"].as_u64(), schema["maximum"].as_u64().filter(|most| *most < u64::from(u32::MAX))), ""),
    ] {
        match range {
            (Some(1), None) if unit == " characters" => text.push_str(", not empty"),
            (Some(least), Some(most)) => text.push_str(&format!(", {least} to {most}{unit}")),
            (None, Some(most)) => text.push_str(&format!(", at most {most}{unit}")),
            (Some(least), None) if least > 0 => text.push_str(&format!(", at least {least}{unit}")),
            _ => {}
        }
    }
    if let Some(pattern) = schema["pattern"].as_str() {
        text.push_str(&format!(", `{}`", pattern.replace('|', "\\|")));
    }
    text
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| format!("`{value}`"), |text| format!("`{text}`"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schemas_are_put_in_words() {
        let cases = [
            (json!({"type": "string", "minLength": 1, "maxLength": 64}), "string, 1 to 64 characters"),
            (json!({"type": "string", "format": "uuid"}), "uuid"),
            (
                json!({"anyOf": [{"type": "string", "maxLength": 256}, {"type": "null"}]}),
                "string, at most 256 characters or `null`",
            ),
            (json!({"type": "string", "enum": ["keep", "delete"]}), "`keep` or `delete`"),
            (json!({"const": false}), "`false`"),
            (json!({"type": "array", "items": {"type": "string"}, "maxItems": 10}), "list of string, at most 10 items"),
            (json!({"type": "integer", "minimum": 0, "maximum": 4294967295_u64}), "integer"),
            (json!({}), "anything"),
        ];
        for (schema, words) in cases {
            assert_eq!(kind(&schema), words);
        }
    }

    #[test]
    fn fields_of_inner_objects_follow_their_object() {
        let schema = json!({
            "properties": {
                "options": {"anyOf": [{"type": "object", "properties": {"keys": {"type": "integer"}}, "required": ["keys"]}, {"type": "null"}]},
                "list": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
            },
            "required": ["list"],
        });
        let mut found = Vec::new();
        fields(&schema, "", &mut found);
        let found: Vec<(&str, bool)> = found.iter().map(|field| (field.name.as_str(), field.is_required)).collect();
        assert_eq!(found, [("options", false), ("options.keys", true), ("list", true), ("list[].name", false)]);
    }
}
