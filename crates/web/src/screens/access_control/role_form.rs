//! The rules of a role as a form: what is typed, step by step, until it is saved.

use keyferry_domain::access::Rule;

use super::rule_words::{self, Conditions, Subject};
use crate::form::Form;
use crate::ui::{Choice, choice};

/// Most rules that the form shows.
pub(super) const MAX_RULES: usize = 100;

/// Ready-made conditions: the word in the form, its name, and the field it is about.
const TEMPLATES: [(&str, &str, &str); 6] = [
    ("none", "No condition", ""),
    ("environment", "Only the environment …", "environment"),
    ("outside", "Everywhere but the environment …", "environment"),
    ("below", "Only paths below …", "secretPath"),
    ("tagged", "Only secrets tagged …", "secretTags"),
    ("named", "Only secrets named like …", "secretName"),
];

/// One rule of the form.
pub(super) struct RuleForm {
    pub(super) subject: String,
    pub(super) is_forbidding: bool,
    pub(super) actions: Vec<String>,
    pub(super) conditions: Conditions,
}

impl RuleForm {
    /// The fields of a stored rule.
    pub(super) fn of(rule: &Rule) -> Self {
        let mut actions = rule.action.clone();
        // The older word for both.
        if rule.subject == "secrets" && actions.iter().any(|action| action == "read") {
            actions.retain(|action| !["read", "describeSecret", "readValue"].contains(&action.as_str()));
            actions.extend(["describeSecret".to_owned(), "readValue".to_owned()]);
        }
        if rule.subject == "app-connections" {
            for action in &mut actions {
                if !action.ends_with("-app-connections") {
                    action.push_str("-app-connections");
                }
            }
        }
        Self {
            subject: rule.subject.clone(),
            is_forbidding: rule.inverted,
            actions,
            conditions: Conditions::of(rule.conditions.as_ref()),
        }
    }

    /// The rule as it is stored.
    pub(super) fn stored(&self) -> Result<Rule, &'static str> {
        if self.actions.is_empty() {
            return Err("Tick at least one action, or remove the rule");
        }
        Ok(Rule {
            subject: self.subject.clone(),
            action: self.actions.clone(),
            inverted: self.is_forbidding,
            conditions: self.conditions.stored()?,
        })
    }

    /// The actions to tick: word, verb, whether it is ticked. What is stored and not known is kept.
    pub(super) fn offered(&self) -> Vec<(String, String, bool)> {
        let known = rule_words::find(&self.subject).map_or(&[][..], |subject| subject.actions);
        let mut all: Vec<String> = known.iter().map(|action| (*action).to_owned()).collect();
        all.extend(self.actions.iter().filter(|own| !known.contains(&own.as_str())).cloned());
        all.into_iter()
            .map(|action| {
                let verb = rule_words::action_words(&action);
                let is_ticked = self.actions.contains(&action);
                (action, verb, is_ticked)
            })
            .collect()
    }

    pub(super) fn name(&self) -> String {
        rule_words::subject_name(&self.subject)
    }

    fn knows(&self, field: &str) -> bool {
        rule_words::find(&self.subject).is_some_and(|subject| subject.conditions.contains(&field))
    }

    pub(super) fn has_environment(&self) -> bool {
        self.knows("environment") || !self.conditions.environment.is_empty()
    }

    pub(super) fn has_path(&self) -> bool {
        self.knows("secretPath") || !self.conditions.path.is_empty()
    }

    pub(super) fn has_name(&self) -> bool {
        self.knows("secretName") || !self.conditions.name.is_empty()
    }

    pub(super) fn has_tags(&self) -> bool {
        self.knows("secretTags") || !self.conditions.tags.is_empty()
    }

    pub(super) fn has_more(&self) -> bool {
        rule_words::find(&self.subject).is_none_or(|subject| !subject.conditions.is_empty()) || !self.conditions.more.is_empty()
    }

    pub(super) fn sentence(&self) -> String {
        self.stored().map_or_else(|_| String::new(), |rule| rule_words::sentence(&rule))
    }
}

/// The rules of a form that was sent.
pub(super) fn sent(form: &Form) -> Vec<RuleForm> {
    let count = form.text("rules").parse::<usize>().unwrap_or_default().min(MAX_RULES);
    let read = |at: usize| {
        let text = |name: &str| form.text(&format!("{name}-{at}")).to_owned();
        RuleForm {
            subject: text("subject"),
            is_forbidding: text("effect") == "forbid",
            actions: form.all(&format!("action-{at}")).map(str::to_owned).collect(),
            conditions: Conditions {
                environment: text("environment"),
                path: text("path"),
                name: text("name"),
                tags: text("tags"),
                more: text("more"),
            },
        }
    };
    (0..count).map(read).filter(|rule| !rule.subject.is_empty()).collect()
}

/// A new rule from the fields below the list, with its condition ready-made.
pub(super) fn added(form: &Form) -> Result<RuleForm, (&'static str, String)> {
    let word = form.text("new_subject");
    let subject: &Subject = rule_words::find(word).ok_or(("new_subject", "Choose what the rule is about".to_owned()))?;
    let template = TEMPLATES.iter().find(|(word, _, _)| *word == form.text("new_template")).unwrap_or(&TEMPLATES[0]);
    let value = form.text("new_value").trim();
    let mut conditions = Conditions::of(None);
    let (kind, _, field) = *template;
    if !field.is_empty() {
        if !subject.conditions.contains(&field) {
            return Err(("new_template", format!("A rule about {} cannot depend on that", subject.name)));
        }
        if value.is_empty() {
            return Err(("new_value", "Say which".to_owned()));
        }
        match kind {
            "environment" => conditions.environment = value.to_owned(),
            "outside" => conditions.more = serde_json::json!({ "environment": { "$neq": value } }).to_string(),
            "below" => match value.strip_prefix('/') {
                Some(_) => conditions.path = format!("{}/**", value.trim_end_matches("/**").trim_end_matches('/')),
                None => return Err(("new_value", "A path begins with a slash".to_owned())),
            },
            "tagged" => conditions.tags = value.to_owned(),
            _ => conditions.name = value.to_owned(),
        }
    }
    let actions: &[&str] = match word {
        "secrets" => &["describeSecret", "readValue"],
        _ => &subject.actions[..1],
    };
    Ok(RuleForm {
        subject: word.to_owned(),
        is_forbidding: false,
        actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        conditions,
    })
}

/// The subjects as options.
pub(super) fn subjects() -> Vec<Choice> {
    rule_words::SUBJECTS
        .iter()
        .map(|subject| {
            let name = subject.name.strip_prefix("the ").unwrap_or(subject.name);
            let mut label = name.to_owned();
            if let Some(first) = label.get_mut(0..1) {
                first.make_ascii_uppercase();
            }
            choice(subject.word, label)
        })
        .collect()
}

/// The ready-made conditions as options.
pub(super) fn templates() -> Vec<Choice> {
    TEMPLATES.iter().map(|(word, name, _)| choice(*word, *name)).collect()
}

#[cfg(test)]
mod form_tests {
    use keyferry_domain::access::Rule;
    use serde_json::json;

    use super::{RuleForm, added, sent};
    use crate::form::Form;

    #[test]
    fn ready_made_conditions_become_rules() {
        let make = |subject, template, value| {
            let form = Form::of(&[("new_subject", subject), ("new_template", template), ("new_value", value)]);
            added(&form).map(|rule| json!(rule.stored().expect("a rule")))
        };
        let rule = make("secrets", "below", "/app/").expect("a rule");
        assert_eq!(rule["conditions"], json!({"secretPath": {"$glob": "/app/**"}}));
        assert_eq!(rule["action"], json!(["describeSecret", "readValue"]));
        let everywhere = make("secrets", "below", "/").expect("a rule");
        assert_eq!(everywhere["conditions"], json!({"secretPath": {"$glob": "/**"}}));
        let rule = make("secret-folders", "outside", "prod").expect("a rule");
        assert_eq!(rule["conditions"], json!({"environment": {"$neq": "prod"}}));
        let rule = make("secrets", "tagged", "a, b").expect("a rule");
        assert_eq!(rule["conditions"], json!({"secretTags": {"$in": ["a", "b"]}}));
        assert!(make("tags", "none", "").expect("a rule").get("conditions").is_none());
        for (subject, template, value, field) in [
            ("secret-folders", "tagged", "a", "new_template"),
            ("secrets", "below", "app", "new_value"),
            ("secrets", "named", "", "new_value"),
            ("nothing", "none", "", "new_subject"),
        ] {
            let refused = make(subject, template, value).expect_err("a refusal");
            assert_eq!(refused.0, field, "{subject} {template}");
        }
    }

    #[test]
    fn a_rule_comes_back_from_the_form_as_it_was() {
        let form = Form::of(&[
            ("rules", "2"),
            ("subject-0", "secrets"),
            ("effect-0", "forbid"),
            ("action-0", "edit"),
            ("action-0", "delete"),
            ("environment-0", "prod"),
            ("subject-1", "tags"),
        ]);
        let rules = sent(&form);
        let first = json!(rules[0].stored().expect("a rule"));
        let expected = json!({
            "subject": "secrets", "action": ["edit", "delete"], "inverted": true, "conditions": {"environment": "prod"}
        });
        assert_eq!(first, expected);
        assert!(rules[1].stored().is_err(), "a rule without an action says nothing");
        let old: Rule = serde_json::from_value(json!({"subject": "secrets", "action": "read"})).expect("a rule");
        assert_eq!(RuleForm::of(&old).actions, ["describeSecret", "readValue"]);
        let odd: Rule = serde_json::from_value(json!({"subject": "pki", "action": ["issue"]})).expect("a rule");
        let odd = RuleForm::of(&odd);
        assert_eq!(odd.offered(), [("issue".to_owned(), "issue".to_owned(), true)], "what is not known is kept");
    }
}
