//! What a rule of a custom role must look like, so that none is stored whose prohibition would silently not hold.

use serde_json::{Value, json};

use super::rule::Rule;
use crate::error::{Error, Issue, Result};

/// Fields whose conditions are evaluated.
const FIELDS: &[&str] = &["environment", "secretPath", "secretName", "secretTags", "connectionId", "identityId"];
/// Operators on text.
const TEXT_OPERATORS: &[&str] = &["$eq", "$ne", "$neq", "$in", "$nin", "$glob"];
/// Operators on lists.
const LIST_OPERATORS: &[&str] = &["$eq", "$in", "$all"];

/// Checks the rules of a role. Unknown subjects, actions and fields are kept where they permit (they permit nothing here) and
/// refused where they forbid.
///
/// # Errors
/// [`Error::Invalid`] with all findings, under `permissions`.
pub fn validate_rules(rules: &[Rule]) -> Result<()> {
    let mut issues = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        for (field, condition) in rule.conditions.iter().flatten() {
            if let Some(message) = finding(rule, field, condition) {
                let path = json!(["permissions", index, "conditions", field]);
                issues.push(Issue { body: json!({"code": "custom", "message": message, "path": path}) });
            }
        }
    }
    if issues.is_empty() { Ok(()) } else { Err(Error::Invalid(issues)) }
}

fn finding(rule: &Rule, field: &str, condition: &Value) -> Option<String> {
    if !FIELDS.contains(&field) {
        return rule.inverted.then(|| format!("A forbidding rule cannot depend on '{field}'"));
    }
    let operators = if field == "secretTags" { LIST_OPERATORS } else { TEXT_OPERATORS };
    let mut texts = Vec::new();
    match condition {
        Value::String(text) if field != "secretTags" => texts.push(text.as_str()),
        Value::Object(map) if !map.is_empty() => {
            for (operator, operand) in map {
                if !operators.contains(&operator.as_str()) {
                    return Some(format!("Unknown operator '{operator}'"));
                }
                match operand {
                    Value::String(text) => texts.push(text),
                    Value::Array(list) if list.iter().all(Value::is_string) => {
                        texts.extend(list.iter().filter_map(Value::as_str))
                    }
                    _ => return Some(format!("'{operator}' takes text or a list of texts")),
                }
            }
        }
        _ => return Some("A condition is a text or an object of operators".to_owned()),
    }
    if field == "secretPath" && texts.iter().any(|text| !text.starts_with('/') && !text.starts_with("{{")) {
        return Some("Invalid Secret Path; it must start with a '/'".to_owned());
    }
    (rule.inverted && texts.iter().any(|text| text.contains("{{")))
        .then(|| "A forbidding rule cannot depend on a template".to_owned())
}
