//! Rules in plain language, and the subjects and actions that a role can speak of (core API contract, section 7.6).

use keyferry_domain::access::Rule;
use serde_json::{Map, Value};

/// A subject: its word in rules, its name, its actions, and the conditions it knows.
pub(super) struct Subject {
    pub(super) word: &'static str,
    pub(super) name: &'static str,
    pub(super) actions: &'static [&'static str],
    pub(super) conditions: &'static [&'static str],
}

const CRUD: &[&str] = &["read", "create", "edit", "delete"];
const PLACE: &[&str] = &["environment", "secretPath"];
const SECRET: &[&str] = &["environment", "secretPath", "secretName", "secretTags"];

const fn subject(
    word: &'static str,
    name: &'static str,
    actions: &'static [&'static str],
    conditions: &'static [&'static str],
) -> Subject {
    Subject { word, name, actions, conditions }
}

/// Every subject of a project, what people use most first.
pub(super) const SUBJECTS: &[Subject] = &[
    subject("secrets", "secrets", &["describeSecret", "readValue", "create", "edit", "delete"], SECRET),
    subject("secret-folders", "folders", CRUD, PLACE),
    subject("secret-imports", "secret imports", CRUD, PLACE),
    subject(
        "secret-syncs",
        "secret syncs",
        &["read", "create", "edit", "delete", "sync-secrets", "import-secrets", "remove-secrets"],
        &["environment", "secretPath", "connectionId"],
    ),
    subject(
        "app-connections",
        "app connections",
        &[
            "read-app-connections",
            "create-app-connections",
            "edit-app-connections",
            "delete-app-connections",
            "connect-app-connections",
        ],
        &["connectionId"],
    ),
    subject("environments", "environments", CRUD, &[]),
    subject("tags", "tags", CRUD, &[]),
    subject("settings", "settings", CRUD, &[]),
    subject("webhooks", "webhooks", CRUD, &[]),
    subject("service-tokens", "service tokens", CRUD, &[]),
    subject("integrations", "integrations", CRUD, &[]),
    subject(
        "member",
        "people",
        &["read", "create", "edit", "delete", "assign-role", "assign-additional-privileges", "grant-privileges"],
        &[],
    ),
    subject("groups", "groups", &["read", "create", "edit", "delete", "assign-role", "grant-privileges"], &[]),
    subject(
        "identity",
        "machine identities",
        &[
            "read",
            "create",
            "edit",
            "delete",
            "assign-role",
            "assign-additional-privileges",
            "grant-privileges",
            "revoke-auth",
            "create-token",
            "get-token",
            "delete-token",
        ],
        &["identityId"],
    ),
    subject("role", "roles", CRUD, &[]),
    subject("audit-logs", "the audit log", &["read"], &[]),
    subject("commits", "commits", &["read", "perform-rollback"], &[]),
    subject("secret-rollback", "snapshots", &["read", "create"], &[]),
    subject("secret-approval", "approval policies", CRUD, &[]),
    subject(
        "secret-event-subscriptions",
        "events of secrets",
        &[
            "subscribe-to-creation-events",
            "subscribe-to-update-events",
            "subscribe-to-deletion-events",
            "subscribe-to-import-mutation-events",
        ],
        SECRET,
    ),
    subject("cmek", "KMS keys", &["read", "create", "edit", "delete", "encrypt", "decrypt", "sign", "verify"], &[]),
    subject("ip-allowlist", "the IP allowlist", CRUD, &[]),
    subject("workspace", "the project", &["edit", "delete"], &[]),
];

/// What is known of a subject.
pub(super) fn find(word: &str) -> Option<&'static Subject> {
    SUBJECTS.iter().find(|subject| subject.word == word)
}

/// The name of a subject.
pub(super) fn subject_name(word: &str) -> String {
    find(word).map_or_else(|| word.replace('-', " "), |subject| subject.name.to_owned())
}

/// An action as a verb.
pub(super) fn action_words(action: &str) -> String {
    match action {
        "describeSecret" => "see names of".to_owned(),
        "readValue" => "read values of".to_owned(),
        "read" => "see".to_owned(),
        "edit" => "change".to_owned(),
        "sync-secrets" => "trigger".to_owned(),
        "import-secrets" => "import through".to_owned(),
        "remove-secrets" => "remove what was written by".to_owned(),
        "assign-role" => "give roles to".to_owned(),
        "assign-additional-privileges" => "give additional privileges to".to_owned(),
        "grant-privileges" => "give roles and privileges to".to_owned(),
        "revoke-auth" => "revoke the sign-in of".to_owned(),
        "create-token" => "make tokens of".to_owned(),
        "get-token" => "see tokens of".to_owned(),
        "delete-token" => "delete tokens of".to_owned(),
        "perform-rollback" => "roll back".to_owned(),
        other => match other.strip_suffix("-app-connections") {
            Some(short) => action_words(short),
            None => other.replace('-', " "),
        },
    }
}

/// Words one after the other: `a, b and c`.
pub(super) fn join(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// A rule as a sentence.
pub(super) fn sentence(rule: &Rule) -> String {
    let actions: Vec<String> = rule.action.iter().map(|action| action_words(action)).collect();
    let verb = if rule.inverted { "May not" } else { "May" };
    let last = if rule.inverted { "or" } else { "and" };
    let mut said = format!("{verb} {} {}", join(&actions, last), subject_name(&rule.subject));
    for (field, condition) in rule.conditions.iter().flatten() {
        said.push_str(", ");
        said.push_str(&condition_words(field, condition));
    }
    said.push('.');
    said
}

fn condition_words(field: &str, condition: &Value) -> String {
    let fallback = || format!("where {field} is {condition}");
    let single = match condition {
        Value::String(text) => Some(("$eq", vec![text.clone()])),
        Value::Object(operators) if operators.len() == 1 => operators.iter().next().and_then(|(operator, operand)| {
            let words = texts(operand)?;
            let operator = ["$eq", "$ne", "$neq", "$in", "$nin", "$glob", "$all"].into_iter().find(|own| own == operator)?;
            Some((operator, words))
        }),
        _ => None,
    };
    let Some((operator, words)) = single else { return fallback() };
    let (any, all) = (join(&words, "or"), join(&words, "and"));
    match (field, operator) {
        ("environment", "$eq" | "$in") => format!("in {any}"),
        ("environment", "$ne" | "$neq" | "$nin") => format!("outside {any}"),
        ("environment", "$glob") => format!("in environments like {any}"),
        ("secretPath", "$glob") => match any.strip_suffix("/**") {
            Some("") => "in every folder".to_owned(),
            Some(base) => format!("in {base} and below"),
            None => format!("in folders like {any}"),
        },
        ("secretPath", "$eq" | "$in") => format!("in the folder {any}"),
        ("secretPath", "$ne" | "$neq" | "$nin") => format!("outside the folder {any}"),
        ("secretName", "$eq" | "$in") => format!("named {any}"),
        ("secretName", "$glob") => format!("named like {any}"),
        ("secretName", "$ne" | "$neq" | "$nin") => format!("not named {any}"),
        ("secretTags", "$all") => format!("tagged {all}"),
        ("secretTags", "$eq" | "$in") => format!("tagged {any}"),
        ("connectionId", "$eq" | "$in") => format!("with the app connection {any}"),
        _ => fallback(),
    }
}

fn texts(operand: &Value) -> Option<Vec<String>> {
    match operand {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(list) => list.iter().map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// The conditions that the fields of the form stand for, and the rest of them.
pub(super) struct Conditions {
    pub(super) environment: String,
    pub(super) path: String,
    pub(super) name: String,
    pub(super) tags: String,
    /// JSON of what has no field; empty when there is none.
    pub(super) more: String,
}

impl Conditions {
    /// The fields of stored conditions.
    pub(super) fn of(conditions: Option<&Map<String, Value>>) -> Self {
        let mut rest = conditions.cloned().unwrap_or_default();
        let mut take = |field: &str, operators: &[&str]| {
            let words = match rest.get(field)? {
                Value::String(text) if operators.contains(&"$eq") => vec![text.clone()],
                Value::Object(map) if map.len() == 1 => {
                    let (operator, operand) = map.iter().next()?;
                    if !operators.contains(&operator.as_str()) {
                        return None;
                    }
                    texts(operand)?
                }
                _ => return None,
            };
            // A comma in a value would be read back as two.
            if words.iter().any(|word| word.contains(',') || word.trim() != word || word.is_empty()) {
                return None;
            }
            // And a star or question mark in one that is no pattern as one that is.
            let is_pattern = rest.get(field).and_then(|condition| condition.get("$glob")).is_some();
            if matches!(field, "secretPath" | "secretName") && !is_pattern && words.iter().any(|word| word.contains(['*', '?'])) {
                return None;
            }
            rest.remove(field);
            Some(words.join(", "))
        };
        let environment = take("environment", &["$eq", "$in"]).unwrap_or_default();
        let path = take("secretPath", &["$eq", "$glob"]).unwrap_or_default();
        let name = take("secretName", &["$eq", "$glob"]).unwrap_or_default();
        let tags = take("secretTags", &["$in"]).unwrap_or_default();
        let more = if rest.is_empty() { String::new() } else { Value::Object(rest).to_string() };
        Self { environment, path, name, tags, more }
    }

    /// The conditions as they are stored.
    pub(super) fn stored(&self) -> Result<Option<Map<String, Value>>, &'static str> {
        let mut map = match self.more.trim() {
            "" => Map::new(),
            text => match serde_json::from_str(text) {
                Ok(Value::Object(map)) => map,
                _ => return Err("Other conditions are a JSON object of conditions by field"),
            },
        };
        let list = |text: &str| -> Vec<String> {
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let pattern = |text: &str| match text.contains(['*', '?']) {
            true => serde_json::json!({ "$glob": text }),
            false => Value::from(text),
        };
        match list(&self.environment).as_slice() {
            [] => {}
            [only] => {
                map.insert("environment".to_owned(), Value::from(only.clone()));
            }
            many => {
                map.insert("environment".to_owned(), serde_json::json!({ "$in": many }));
            }
        }
        for (field, text) in [("secretPath", self.path.trim()), ("secretName", self.name.trim())] {
            if !text.is_empty() {
                map.insert(field.to_owned(), pattern(text));
            }
        }
        let tags = list(&self.tags);
        if !tags.is_empty() {
            map.insert("secretTags".to_owned(), serde_json::json!({ "$in": tags }));
        }
        Ok((!map.is_empty()).then_some(map))
    }
}

#[cfg(test)]
mod word_tests {
    use keyferry_domain::access::Rule;
    use serde_json::{Value, json};

    use super::{Conditions, SUBJECTS, sentence};

    fn rule(value: Value) -> Rule {
        serde_json::from_value(value).expect("a rule")
    }

    #[test]
    fn rules_are_sentences() {
        for (value, said) in [
            (
                json!({"subject": "secrets", "action": ["describeSecret", "readValue"], "conditions": {"environment": "dev",
                       "secretPath": {"$glob": "/app/**"}, "secretTags": {"$in": ["public", "shared"]}}}),
                "May see names of and read values of secrets, in dev, in /app and below, tagged public or shared.",
            ),
            (
                json!({"subject": "secrets", "action": "delete", "inverted": true, "conditions": {"environment": {"$neq": "dev"}}}),
                "May not delete secrets, outside dev.",
            ),
            (json!({"subject": "app-connections", "action": ["edit-app-connections"]}), "May change app connections."),
            (
                json!({"subject": "member", "action": "read", "conditions": {"userEmail": {"$glob": "*@x"}}}),
                "May see people, where userEmail is {\"$glob\":\"*@x\"}.",
            ),
        ] {
            assert_eq!(sentence(&rule(value)), said);
        }
    }

    #[test]
    fn conditions_survive_the_form() {
        for conditions in [
            json!({"environment": "dev", "secretPath": {"$glob": "/app/**"}, "secretName": "A", "secretTags": {"$in": ["x", "y"]}}),
            json!({"environment": {"$in": ["dev", "prod"]}, "secretPath": "/app", "secretName": {"$glob": "DB_*"}}),
            json!({"environment": {"$neq": "prod"}, "secretTags": {"$all": ["x"]}, "connectionId": "c-1"}),
            json!({"secretName": "odd, name"}),
            json!({"secretName": "a*b"}),
        ] {
            let Value::Object(map) = conditions.clone() else { panic!("an object") };
            assert_eq!(Conditions::of(Some(&map)).stored().expect("conditions"), Some(map), "{conditions}");
        }
        assert_eq!(Conditions::of(None).stored().expect("none"), None);
        let wrong = Conditions { more: "[]".to_owned(), ..Conditions::of(None) };
        assert!(wrong.stored().is_err());
    }

    #[test]
    fn the_editor_offers_all_that_an_administrator_may_do_with_secrets() {
        let admin = keyferry_domain::access::project_role("admin").expect("a role");
        for word in ["secrets", "secret-folders", "secret-syncs", "webhooks", "tags", "environments"] {
            let subject = SUBJECTS.iter().find(|subject| subject.word == word).expect("a subject");
            for action in subject.actions {
                assert!(admin.iter().any(|rule| rule.speaks_of(action, word)), "{action} on {word}");
            }
        }
    }
}
