//! JSON Schemas as rows of a table: one for each field, those of objects inside below them.

use serde_json::Value;

/// Deeper than this nothing is listed.
const MAX_DEPTH: usize = 5;

/// A field.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) is_required: bool,
    pub(super) note: String,
}

impl Row {
    /// A parameter of the path or the query.
    pub(super) fn of_parameter(parameter: &Value) -> Self {
        let place = parameter["in"].as_str().unwrap_or_default();
        let mut row = Self::new(
            parameter["name"].as_str().unwrap_or_default().to_owned(),
            &parameter["schema"],
            parameter["required"].as_bool().unwrap_or_default(),
        );
        row.note = if row.note.is_empty() { format!("in the {place}") } else { format!("in the {place}; {}", row.note) };
        row
    }

    fn new(name: String, schema: &Value, is_required: bool) -> Self {
        Self { name, kind: kind(schema), is_required, note: note(schema) }
    }
}

/// The fields of an object.
pub(super) fn rows(schema: &Value) -> Vec<Row> {
    let mut found = Vec::new();
    collect(schema, "", 0, &mut found);
    found
}

fn collect(schema: &Value, prefix: &str, depth: usize, found: &mut Vec<Row>) {
    if depth >= MAX_DEPTH {
        return;
    }
    for branch in ["anyOf", "oneOf", "allOf"] {
        for option in schema[branch].as_array().into_iter().flatten() {
            collect(option, prefix, depth + 1, found);
        }
    }
    if schema["items"].is_object() {
        collect(&schema["items"], &format!("{prefix}[]"), depth + 1, found);
    }
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        let full = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        if found.iter().any(|row| row.name == full) {
            continue;
        }
        found.push(Row::new(full.clone(), inner, required.contains(&name.as_str())));
        collect(inner, &full, depth + 1, found);
    }
}

fn kind(schema: &Value) -> String {
    let name = |value: &Value| match value.as_str() {
        Some("array") => format!("list of {}", kind(&schema["items"])),
        Some(other) => other.to_owned(),
        None => "any".to_owned(),
    };
    if let Some(names) = schema["type"].as_array() {
        return names.iter().map(name).collect::<Vec<_>>().join(" or ");
    }
    if schema["type"].is_string() {
        return name(&schema["type"]);
    }
    let options: Vec<String> =
        ["anyOf", "oneOf"].iter().flat_map(|branch| schema[*branch].as_array().into_iter().flatten()).map(kind).collect();
    if !options.is_empty() {
        let mut distinct: Vec<String> = Vec::new();
        for option in options {
            if !distinct.contains(&option) {
                distinct.push(option);
            }
        }
        return distinct.join(" or ");
    }
    "any".to_owned()
}

fn note(schema: &Value) -> String {
    let mut notes = Vec::new();
    if let Some(format) = schema["format"].as_str() {
        notes.push(format.to_owned());
    }
    if let Some(words) = schema["enum"].as_array() {
        notes.push(format!("one of {}", words.iter().map(plain).collect::<Vec<_>>().join(", ")));
    }
    for (key, words) in [
        ("const", "is"),
        ("default", "default"),
        ("minLength", "characters at least"),
        ("maxLength", "characters at most"),
        ("minimum", "at least"),
        ("maximum", "at most"),
        ("minItems", "entries at least"),
        ("maxItems", "entries at most"),
    ] {
        if !schema[key].is_null() {
            notes.push(format!("{words} {}", plain(&schema[key])));
        }
    }
    if let Some(text) = schema["description"].as_str() {
        notes.push(text.to_owned());
    }
    notes.join("; ")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_inside_lists_and_choices_are_found() {
        let schema = json!({
            "type": "object", "required": ["name"],
            "properties": {
                "name": { "type": "string", "minLength": 1 },
                "tags": { "type": "array", "items": { "type": "object", "properties": { "slug": { "type": "string" } } } },
                "either": { "anyOf": [{ "type": "string" }, { "type": "object", "properties": { "id": { "type": "integer" } } }] },
            },
        });
        let found = rows(&schema);
        let names: Vec<&str> = found.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["name", "tags", "tags[].slug", "either", "either.id"]);
        assert_eq!((found[0].is_required, found[0].note.as_str()), (true, "characters at least 1"));
        assert_eq!((found[1].kind.as_str(), found[3].kind.as_str()), ("list of object", "string or object"));
    }
}
