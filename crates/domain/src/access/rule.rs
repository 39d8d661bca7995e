//! The shape of a rule (core API contract 7.5).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One rule: who holds it may (or, inverted, may not) do the actions on the subject under the conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// What the rule is about, such as `secrets`.
    pub subject: String,
    /// The actions, as a list or a single word.
    #[serde(deserialize_with = "one_or_many")]
    pub action: Vec<String>,
    /// Whether the rule forbids.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inverted: bool,
    /// Conditions by field; all must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Map<String, Value>>,
}

impl Rule {
    /// An unconditional permission.
    #[must_use]
    pub fn allow(subject: &str, actions: &[&str]) -> Self {
        Self {
            subject: subject.to_owned(),
            action: actions.iter().map(|a| (*a).to_owned()).collect(),
            inverted: false,
            conditions: None,
        }
    }

    /// Whether the rule speaks about this action on this subject, conditions aside.
    ///
    /// Project actions on `app-connections` exist in a short and a long spelling (core 7.6), and the legacy `read` on secrets
    /// covers describing and reading the value.
    #[must_use]
    pub fn speaks_of(&self, action: &str, subject: &str) -> bool {
        self.subject == subject
            && self.action.iter().any(|own| {
                own == action
                    || (subject == "app-connections" && own.strip_suffix("-app-connections") == Some(action))
                    || (subject == "secrets" && own == "read" && matches!(action, "describeSecret" | "readValue"))
            })
    }
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(action) => vec![action],
        OneOrMany::Many(actions) => actions,
    })
}
