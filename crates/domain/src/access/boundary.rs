//! Nobody grants more than they hold (core API contract 5; security B5).
//!
//! A rule set is compared with the granter's own: every permission in it must be covered by one rule of the granter that
//! demands no more, with no prohibition of the granter's in between. What cannot be shown to be covered counts as missing.

use serde_json::{Map, Value, json};

use super::ability::Ability;
use super::condition::glob;
use super::rule::Rule;
use crate::error::{Error, Result};

type Conditions = Map<String, Value>;

impl Ability {
    /// The permissions among `granted` that the holder of this ability does not have itself.
    #[must_use]
    pub fn missing(&self, granted: &[Rule]) -> Vec<Value> {
        if self.is_unlimited() {
            return Vec::new();
        }
        let mut missing = Vec::new();
        for (index, rule) in granted.iter().enumerate().filter(|(_, rule)| !rule.inverted) {
            let later: Vec<&Rule> = granted[index + 1..].iter().filter(|rule| rule.inverted).collect();
            for action in rule.action.iter().flat_map(|action| meanings(&rule.subject, action)) {
                let is_taken_back =
                    later.iter().any(|later| later.speaks_of(action, &rule.subject) && later.conditions.is_none());
                let is_covered =
                    || split(rule.conditions.as_ref()).iter().all(|part| self.covers(action, &rule.subject, part, &later));
                if !is_taken_back && !is_covered() {
                    missing.push(describe(action, rule));
                }
            }
        }
        missing
    }

    /// Refuses to hand out what the holder of this ability does not have.
    ///
    /// # Errors
    /// 403 `PermissionBoundaryError` with the missing permissions.
    pub fn require_all(&self, granted: &[Rule], message: &str) -> Result<()> {
        let missing = self.missing(granted);
        if missing.is_empty() { Ok(()) } else { Err(boundary_error(message, missing)) }
    }

    fn covers(&self, action: &str, subject: &str, asked: &Conditions, later: &[&Rule]) -> bool {
        for own in self.rules().iter().rev().filter(|rule| rule.speaks_of(action, subject)) {
            let own_conditions = own.conditions.clone().unwrap_or_default();
            if own.inverted {
                let is_kept = later.iter().any(|kept| {
                    kept.speaks_of(action, subject) && implies(&own_conditions, &kept.conditions.clone().unwrap_or_default())
                });
                if !is_kept && !is_disjoint(&own_conditions, asked) {
                    return false;
                }
            } else if implies(asked, &own_conditions) {
                return true;
            }
        }
        false
    }
}

/// 403 for handing out more than one holds.
#[must_use]
pub fn boundary_error(message: &str, missing: Vec<Value>) -> Error {
    Error::Forbidden {
        name: Some("PermissionBoundaryError".to_owned()),
        message: message.to_owned(),
        details: Some(json!({ "missingPermissions": missing })),
    }
}

/// The actions that a word stands for.
fn meanings<'a>(subject: &str, action: &'a str) -> Vec<&'a str> {
    match (subject, action) {
        ("secrets", "read") => vec!["describeSecret", "readValue"],
        ("app-connections", action) => vec![action.strip_suffix("-app-connections").unwrap_or(action)],
        _ => vec![action],
    }
}

/// One set of conditions per environment, so that each may be covered by another rule.
fn split(conditions: Option<&Conditions>) -> Vec<Conditions> {
    let conditions = conditions.cloned().unwrap_or_default();
    match conditions.get("environment").and_then(finite) {
        Some(values) if !values.is_empty() => values
            .into_iter()
            .map(|value| {
                let mut part = conditions.clone();
                part.insert("environment".to_owned(), Value::String(value));
                part
            })
            .collect(),
        _ => vec![conditions],
    }
}

/// Whether everything that meets `narrow` meets `wide`.
fn implies(narrow: &Conditions, wide: &Conditions) -> bool {
    wide.iter().all(|(field, wide)| {
        narrow.get(field).is_some_and(|narrow| narrow == wide || (field != "secretTags" && field_implies(narrow, wide)))
    })
}

fn field_implies(narrow: &Value, wide: &Value) -> bool {
    operators(wide).iter().all(|(operator, operand)| match finite(narrow) {
        Some(values) => values.iter().all(|value| holds(operator, operand, value)),
        None => operators(narrow).iter().any(|(own, own_operand)| {
            (own, own_operand) == (operator, operand)
                || match (own.as_str(), own_operand, operator.as_str(), operand) {
                    ("$glob", Value::String(narrow), "$glob", Value::String(wide)) => glob_implies(narrow, wide),
                    _ => false,
                }
        }),
    })
}

/// Whether every text that a pattern matches is matched by a pattern of the form `/literal/**` (or `**`).
fn glob_implies(narrow: &str, wide: &str) -> bool {
    if narrow.trim().is_empty() || wide == "**" {
        return true;
    }
    let Some(prefix) = wide.strip_suffix("/**") else { return false };
    let is_literal = !prefix.contains(['*', '?', '[', '{', '!', '(', '\\']);
    is_literal && (narrow == prefix || narrow.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/')))
}

/// Whether nothing meets both.
fn is_disjoint(a: &Conditions, b: &Conditions) -> bool {
    a.iter().filter(|(field, _)| *field != "secretTags").any(|(field, a)| {
        b.get(field).is_some_and(|b| match (finite(a), finite(b)) {
            (Some(values), _) => !values.iter().any(|value| operators(b).iter().all(|(op, operand)| holds(op, operand, value))),
            (None, Some(values)) => {
                !values.iter().any(|value| operators(a).iter().all(|(op, operand)| holds(op, operand, value)))
            }
            (None, None) => false,
        })
    })
}

/// The values that meet a condition, where they can be listed.
fn finite(condition: &Value) -> Option<Vec<String>> {
    operators(condition).iter().find_map(|(operator, operand)| match (operator.as_str(), operand) {
        ("$eq", Value::String(value)) => Some(vec![value.clone()]),
        ("$in", Value::Array(values)) => Some(values.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()),
        _ => None,
    })
}

fn operators(condition: &Value) -> Vec<(String, Value)> {
    match condition {
        Value::Object(operators) => operators.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
        other => vec![("$eq".to_owned(), other.clone())],
    }
}

fn holds(operator: &str, operand: &Value, value: &str) -> bool {
    match (operator, operand) {
        ("$eq", Value::String(expected)) => expected == value,
        ("$neq" | "$ne", Value::String(expected)) => expected != value,
        ("$in", Value::Array(list)) => list.iter().any(|v| v.as_str() == Some(value)),
        ("$nin", Value::Array(list)) => !list.iter().any(|v| v.as_str() == Some(value)),
        ("$glob", Value::String(pattern)) => glob(pattern, value),
        _ => false,
    }
}

fn describe(action: &str, rule: &Rule) -> Value {
    match &rule.conditions {
        Some(conditions) => json!({"action": action, "subject": rule.subject, "conditions": conditions}),
        None => json!({"action": action, "subject": rule.subject}),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use serde_json::json;

    use super::*;
    use crate::access::{org_role, project_role};

    fn rules(value: Value) -> Vec<Rule> {
        serde_json::from_value(value).unwrap()
    }

    fn ability(value: Value) -> Ability {
        Ability::new(rules(value), Vec::new())
    }

    fn covers(own: Value, asked: Value) -> bool {
        ability(own).missing(&rules(asked)).is_empty()
    }

    #[test]
    fn built_in_roles_form_a_ladder() {
        let roles = ["no-access", "viewer", "member", "admin"];
        for (holds, own) in roles.iter().enumerate() {
            for (asks, asked) in roles.iter().enumerate() {
                let ability = Ability::new(project_role(own).unwrap(), vec![]);
                let missing = ability.missing(&project_role(asked).unwrap());
                assert_eq!(missing.is_empty(), asks <= holds, "{own} grants {asked}: {missing:?}");
            }
        }
        let member = Ability::new(org_role("member").unwrap(), vec![]);
        assert!(member.missing(&org_role("no-access").unwrap()).is_empty());
        assert!(member.missing(&org_role("member").unwrap()).is_empty());
        assert!(!member.missing(&org_role("admin").unwrap()).is_empty());
    }

    #[test]
    fn conditions_are_compared() {
        let dev = json!([{"subject": "secrets", "action": ["readValue"], "conditions": {"environment": "dev"}}]);
        let any = json!([{"subject": "secrets", "action": ["readValue"]}]);
        let both =
            json!([{"subject": "secrets", "action": ["readValue"], "conditions": {"environment": {"$in": ["dev", "prod"]}}}]);
        assert!(covers(any.clone(), dev.clone()));
        assert!(covers(dev.clone(), dev.clone()));
        assert!(!covers(dev.clone(), any.clone()));
        assert!(!covers(dev.clone(), both.clone()));
        assert!(covers(both.clone(), dev.clone()));
        let two = json!([
            {"subject": "secrets", "action": ["readValue"], "conditions": {"environment": "dev"}},
            {"subject": "secrets", "action": ["readValue"], "conditions": {"environment": "prod"}}
        ]);
        assert!(covers(two, both), "each environment may come from a rule of its own");
    }

    #[test]
    fn globs_are_compared_by_their_literal_prefix() {
        let at =
            |pattern: &str| json!([{"subject": "secrets", "action": "edit", "conditions": {"secretPath": {"$glob": pattern}}}]);
        for (own, asked, expected) in [
            ("/app/**", "/app/x/**", true),
            ("/app/**", "/app", true),
            ("/app/**", "/app/*", true),
            ("/app/**", "/apple/**", false),
            ("/app/**", "/**", false),
            ("/**", "/app/*", true),
            ("/app/*", "/app/x", false),
            ("/*/**", "/app/x", false),
        ] {
            assert_eq!(covers(at(own), at(asked)), expected, "{own} grants {asked}");
        }
        let exact = json!([{"subject": "secrets", "action": "edit", "conditions": {"secretPath": "/app/x"}}]);
        assert!(covers(at("/app/*"), exact));
    }

    #[test]
    fn a_prohibition_of_the_granter_must_be_handed_on() {
        let own = json!([
            {"subject": "secrets", "action": ["readValue"]},
            {"subject": "secrets", "action": ["readValue"], "inverted": true, "conditions": {"environment": "prod"}}
        ]);
        assert!(!covers(own.clone(), json!([{"subject": "secrets", "action": ["readValue"]}])));
        assert!(covers(own.clone(), own.clone()));
        assert!(covers(
            own.clone(),
            json!([{"subject": "secrets", "action": "readValue", "conditions": {"environment": "dev"}}])
        ));
        assert!(!covers(
            own,
            json!([{"subject": "secrets", "action": "readValue", "conditions": {"environment": {"$in": ["dev", "prod"]}}}])
        ));
    }

    #[test]
    fn words_with_several_meanings_are_spelled_out() {
        assert!(covers(
            json!([{"subject": "secrets", "action": ["describeSecret", "readValue"]}]),
            json!([{"subject": "secrets", "action": "read"}])
        ));
        assert!(!covers(
            json!([{"subject": "secrets", "action": ["describeSecret"]}]),
            json!([{"subject": "secrets", "action": "read"}])
        ));
        assert!(covers(
            json!([{"subject": "app-connections", "action": ["connect"]}]),
            json!([{"subject": "app-connections", "action": ["connect-app-connections"]}])
        ));
        assert!(!covers(
            json!([{"subject": "secrets", "action": ["read"]}]),
            json!([{"subject": "made-up", "action": ["read"]}])
        ));
    }
}
