//! Conditions of a rule against the facts of an object (core API contract 7.5).

use serde_json::Value;

use super::ability::Facts;
use super::rule::Rule;

/// Whether every condition of the rule holds. An inverted rule whose condition concerns an unknown fact does not hold: it
/// forbids only what is known to be meant.
pub(super) fn holds(rule: &Rule, facts: Facts<'_>) -> bool {
    let Some(conditions) = &rule.conditions else { return true };
    conditions.iter().all(|(field, condition)| field_holds(field, condition, facts, rule.inverted))
}

fn field_holds(field: &str, condition: &Value, facts: Facts<'_>, inverted: bool) -> bool {
    if field == "secretTags" {
        return match facts.secret_tags {
            None => !inverted,
            Some(tags) => list_holds(condition, tags),
        };
    }
    let fact = match field {
        "environment" => facts.environment,
        "secretPath" => facts.secret_path,
        "secretName" => facts.secret_name,
        "connectionId" => facts.connection_id,
        "identityId" => facts.identity_id,
        _ => return false,
    };
    match fact {
        None => !inverted,
        Some(value) => text_holds(condition, value),
    }
}

fn text_holds(condition: &Value, value: &str) -> bool {
    match condition {
        Value::String(expected) => expected == value,
        Value::Object(operators) => {
            !operators.is_empty()
                && operators.iter().all(|(operator, operand)| match (operator.as_str(), operand) {
                    ("$eq", Value::String(expected)) => expected == value,
                    ("$neq" | "$ne", Value::String(expected)) => expected != value,
                    ("$in", Value::Array(list)) => list.iter().any(|v| v.as_str() == Some(value)),
                    ("$nin", Value::Array(list)) => !list.iter().any(|v| v.as_str() == Some(value)),
                    ("$glob", Value::String(pattern)) => glob(pattern, value),
                    _ => false,
                })
        }
        _ => false,
    }
}

fn list_holds(condition: &Value, values: &[String]) -> bool {
    let Value::Object(operators) = condition else { return false };
    let contains = |v: &Value| v.as_str().is_some_and(|v| values.iter().any(|own| own == v));
    !operators.is_empty()
        && operators.iter().all(|(operator, operand)| match (operator.as_str(), operand) {
            ("$in", Value::Array(list)) => list.iter().any(contains),
            ("$all", Value::Array(list)) => list.iter().all(contains),
            ("$eq", value @ Value::String(_)) => contains(value),
            _ => false,
        })
}

/// picomatch's rules as far as permissions use them: `*` and `?` stay inside a segment, `**` crosses them, `/a/**` matches
/// `/a` itself, a blank pattern matches nothing.
pub(crate) fn glob(pattern: &str, value: &str) -> bool {
    if pattern.trim().is_empty() {
        return false;
    }
    let pattern: Vec<&str> = pattern.split('/').collect();
    let value: Vec<&str> = value.split('/').collect();
    segments(&pattern, &value)
}

/// Matching of `**` among segments, with the last one as the point to fall back to: patterns come from whoever may write roles, so
/// their cost must not grow with the number of ways to split a path.
fn segments(pattern: &[&str], value: &[&str]) -> bool {
    let (mut p, mut v) = (0, 0);
    let mut fallback: Option<(usize, usize)> = None;
    loop {
        match pattern.get(p) {
            Some(&"**") => {
                fallback = Some((p, v));
                p += 1;
                continue;
            }
            None if v == value.len() => return true,
            Some(head) if v < value.len() && one_segment(head.as_bytes(), value[v].as_bytes()) => {
                p += 1;
                v += 1;
                continue;
            }
            _ => {}
        }
        match fallback {
            Some((star, from)) if from < value.len() => {
                p = star + 1;
                v = from + 1;
                fallback = Some((star, from + 1));
            }
            _ => return false,
        }
    }
}

/// Linear-time matching of `*` and `?` within one segment, with one point to fall back to.
fn one_segment(pattern: &[u8], value: &[u8]) -> bool {
    let (mut p, mut v) = (0, 0);
    let mut fallback: Option<(usize, usize)> = None;
    while v < value.len() {
        match pattern.get(p) {
            Some(b'*') => {
                fallback = Some((p, v));
                p += 1;
            }
            Some(&c) if c == b'?' || c == value[v] => {
                p += 1;
                v += 1;
            }
            _ => match fallback {
                Some((star, from)) => {
                    p = star + 1;
                    v = from + 1;
                    fallback = Some((star, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn globs_follow_picomatch() {
        for (pattern, value, expected) in [
            ("/app/**", "/app", true),
            ("/app/**", "/app/a/b", true),
            ("/app/*", "/app/a", true),
            ("/app/*", "/app/a/b", false),
            ("/app/*", "/app", false),
            ("/**", "/", true),
            ("/prod*", "/production", true),
            ("/prod*", "/prod/x", false),
            ("DB_*", "DB_URL", true),
            ("DB_*", "XDB_URL", false),
            ("", "/", false),
            ("*a*b*c", "xxaxxbxxc", true),
            ("/**/b/**/d", "/a/b/c/d", true),
            ("/**/b/**/d", "/b/d", true),
            ("/**/b/**/d", "/a/b/c", false),
            ("/a/**/b", "/a/b/c/b", true),
            ("/a/**/b", "/a/b/c", false),
        ] {
            assert_eq!(glob(pattern, value), expected, "{pattern} on {value}");
        }
    }

    #[test]
    fn many_stars_take_no_longer_than_one() {
        let (pattern, value) = ("/**".repeat(500) + "/x", "/a".repeat(64));
        assert!(!glob(&pattern, &value), "this ends at all");
        assert!(glob(&pattern, &(value + "/x")));
    }
}
