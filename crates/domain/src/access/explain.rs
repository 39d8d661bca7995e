//! Which of several sets of rules decides, and how far: for pages that say why somebody may do something.

use super::ability::Facts;
use super::condition;
use super::rule::Rule;

/// How far an action is allowed at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Not at all.
    None,
    /// For some objects there: a rule asks for a name, a tag or something else that the place does not tell.
    Some,
    /// For every object there.
    All,
}

/// What the rules say about an action at a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict<'a> {
    /// How far it is allowed.
    pub extent: Extent,
    /// The rule that says so, and the position of its set; `None` where no rule speaks.
    pub by: Option<(usize, &'a Rule)>,
}

/// What sets of rules, one after the other, say about an action where only some facts are known. The last rule that fits decides,
/// as for [`super::Ability::allows`]; one that asks for more than is known decides for a part.
#[must_use]
pub fn verdict<'a>(sets: &'a [Vec<Rule>], action: &str, subject: &str, facts: Facts<'_>) -> Verdict<'a> {
    let mut some_allowed = None;
    let mut is_some_forbidden = false;
    let rules = sets.iter().enumerate().flat_map(|(at, set)| set.iter().map(move |rule| (at, rule)));
    let rules: Vec<(usize, &Rule)> = rules.filter(|(_, rule)| rule.speaks_of(action, subject)).collect();
    for (at, rule) in rules.into_iter().rev() {
        if !could_hold(rule, facts) {
            continue;
        }
        let is_whole = asks_no_more(rule, facts);
        match (rule.inverted, is_whole) {
            (true, false) => is_some_forbidden = true,
            (false, false) => some_allowed = some_allowed.or(Some((at, rule))),
            (true, true) => {
                return match some_allowed {
                    Some(by) => Verdict { extent: Extent::Some, by: Some(by) },
                    None => Verdict { extent: Extent::None, by: Some((at, rule)) },
                };
            }
            (false, true) => {
                let extent = if is_some_forbidden { Extent::Some } else { Extent::All };
                return Verdict { extent, by: Some((at, rule)) };
            }
        }
    }
    match some_allowed {
        Some(by) => Verdict { extent: Extent::Some, by: Some(by) },
        None => Verdict { extent: Extent::None, by: None },
    }
}

/// Whether the conditions on what is known hold. For a prohibition too: that it may apply to a part is worth saying.
fn could_hold(rule: &Rule, facts: Facts<'_>) -> bool {
    let as_permission = Rule { inverted: false, ..rule.clone() };
    condition::holds(&as_permission, facts)
}

/// Whether the rule has no condition on anything that is not known.
fn asks_no_more(rule: &Rule, facts: Facts<'_>) -> bool {
    let is_known = |field: &str| match field {
        "environment" => facts.environment.is_some(),
        "secretPath" => facts.secret_path.is_some(),
        "secretName" => facts.secret_name.is_some(),
        "secretTags" => facts.secret_tags.is_some(),
        "connectionId" => facts.connection_id.is_some(),
        "identityId" => facts.identity_id.is_some(),
        _ => false,
    };
    rule.conditions.iter().flatten().all(|(field, _)| is_known(field))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use serde_json::{Value, json};

    use super::*;
    use crate::access::Ability;

    fn set(rules: Value) -> Vec<Rule> {
        serde_json::from_value(rules).unwrap()
    }

    #[test]
    fn the_last_set_that_speaks_is_named() {
        let viewer = set(json!([{"subject": "secrets", "action": ["describeSecret", "readValue"]}]));
        let group = set(json!([{"subject": "secrets", "action": "edit", "conditions": {"environment": "dev"}}]));
        let ban = set(json!([
            {"subject": "secrets", "action": ["readValue"], "inverted": true, "conditions": {"environment": "prod"}}
        ]));
        let sets = [viewer, group, ban];
        let at = |action, environment| {
            let found = verdict(&sets, action, "secrets", Facts::at(environment, "/"));
            (found.extent, found.by.map(|(at, _)| at))
        };
        assert_eq!(at("readValue", "dev"), (Extent::All, Some(0)));
        assert_eq!(at("readValue", "prod"), (Extent::None, Some(2)));
        assert_eq!(at("edit", "dev"), (Extent::All, Some(1)));
        assert_eq!(at("edit", "prod"), (Extent::None, None));
    }

    #[test]
    fn rules_about_names_and_tags_decide_for_a_part() {
        let named = json!({"subject": "secrets", "action": ["readValue"], "conditions": {"secretName": {"$glob": "DB_*"}}});
        let all = json!({"subject": "secrets", "action": ["readValue"]});
        let mut not_tagged = json!({"subject": "secrets", "action": ["readValue"], "inverted": true});
        not_tagged["conditions"] = json!({"secretTags": {"$in": ["top"]}});
        let none = json!({"subject": "secrets", "action": ["readValue"], "inverted": true});
        for (rules, extent) in [
            (json!([named]), Extent::Some),
            (json!([all, named]), Extent::All),
            (json!([named, all]), Extent::All),
            (json!([all, not_tagged]), Extent::Some),
            (json!([not_tagged, all]), Extent::All),
            (json!([all, none]), Extent::None),
            (json!([all, none, named]), Extent::Some),
        ] {
            let sets = [set(rules.clone())];
            assert_eq!(verdict(&sets, "readValue", "secrets", Facts::at("dev", "/")).extent, extent, "{rules}");
        }
        let sets = [set(json!([named]))];
        let db = verdict(&sets, "readValue", "secrets", Facts::secret("dev", "/", "DB_URL", &[]));
        assert_eq!(db.extent, Extent::All, "a known name is no part");
    }

    #[test]
    fn a_verdict_agrees_with_what_is_enforced() {
        let rules = json!([
            {"subject": "secrets", "action": "read"},
            {"subject": "secrets", "action": ["readValue"], "inverted": true, "conditions": {"secretPath": {"$glob": "/a/**"}}},
            {"subject": "secrets", "action": ["readValue"], "conditions": {"environment": {"$in": ["dev"]}, "secretName": "K"}}
        ]);
        let sets = [set(rules.clone())];
        let ability = Ability::new(set(rules), Vec::new());
        for environment in ["dev", "prod"] {
            for path in ["/", "/a", "/a/b", "/b"] {
                for name in ["K", "L"] {
                    let facts = Facts::secret(environment, path, name, &[]);
                    let found = verdict(&sets, "readValue", "secrets", facts).extent;
                    let expected = if ability.allows("readValue", "secrets", facts) { Extent::All } else { Extent::None };
                    assert_eq!(found, expected, "{environment} {path} {name}");
                }
            }
        }
    }
}
