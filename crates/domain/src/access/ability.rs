//! Rules put together, and the question they answer.

use serde_json::{Value, json};

use super::condition;
use super::rule::Rule;
use crate::error::{Error, Result};

/// What is known of the object a permission is asked for. A field that is `None` is not known, and a condition on it then
/// counts as met: "could the caller do this to some object of the kind" (core API contract 7.5).
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// Environment slug.
    pub environment: Option<&'a str>,
    /// Canonical folder path.
    pub secret_path: Option<&'a str>,
    /// Secret key.
    pub secret_name: Option<&'a str>,
    /// Tag slugs of the secret.
    pub secret_tags: Option<&'a [String]>,
    /// App connection id.
    pub connection_id: Option<&'a str>,
    /// Identity id.
    pub identity_id: Option<&'a str>,
}

impl<'a> Facts<'a> {
    /// Nothing known: the kind as a whole.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// A place in a project.
    #[must_use]
    pub fn at(environment: &'a str, secret_path: &'a str) -> Self {
        Self { environment: Some(environment), secret_path: Some(secret_path), ..Self::default() }
    }

    /// A secret at a place.
    #[must_use]
    pub fn secret(environment: &'a str, secret_path: &'a str, name: &'a str, tags: &'a [String]) -> Self {
        Self { secret_name: Some(name), secret_tags: Some(tags), ..Self::at(environment, secret_path) }
    }

    /// An identity.
    #[must_use]
    pub fn identity(id: &'a str) -> Self {
        Self { identity_id: Some(id), ..Self::default() }
    }

    /// An app connection.
    #[must_use]
    pub fn connection(id: &'a str) -> Self {
        Self { connection_id: Some(id), ..Self::default() }
    }
}

/// The rules of a caller in one organization or project.
#[derive(Clone, Debug, Default)]
pub struct Ability {
    rules: Vec<Rule>,
    /// Slugs of the unexpired roles behind the rules.
    roles: Vec<String>,
    unlimited: bool,
}

impl Ability {
    /// The ability of these rules, in order; later ones win.
    #[must_use]
    pub fn new(rules: Vec<Rule>, roles: Vec<String>) -> Self {
        Self { rules, roles, unlimited: false }
    }

    /// May do everything: the platform's own work.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { rules: Vec::new(), roles: Vec::new(), unlimited: true }
    }

    /// The rules, in order.
    pub(super) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether everything is allowed.
    pub(super) fn is_unlimited(&self) -> bool {
        self.unlimited
    }

    /// Slugs of the roles held.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        &self.roles
    }

    /// Whether the action is allowed: the last rule that speaks and whose conditions hold decides; none means no.
    #[must_use]
    pub fn allows(&self, action: &str, subject: &str, facts: Facts<'_>) -> bool {
        self.unlimited
            || self
                .rules
                .iter()
                .rev()
                .find(|rule| rule.speaks_of(action, subject) && condition::holds(rule, facts))
                .is_some_and(|rule| !rule.inverted)
    }

    /// Whether the action is forbidden outright: the last rule that speaks and whose conditions hold forbids it.
    #[must_use]
    pub fn forbids(&self, action: &str, subject: &str, facts: Facts<'_>) -> bool {
        let last = self.rules.iter().rev().find(|rule| rule.speaks_of(action, subject) && condition::holds(rule, facts));
        !self.unlimited && last.is_some_and(|rule| rule.inverted)
    }

    /// Like [`Ability::allows`], as an error.
    ///
    /// # Errors
    /// [`Error::PermissionDenied`] with the rules that spoke.
    pub fn require(&self, action: &str, subject: &str, facts: Facts<'_>) -> Result<()> {
        if self.allows(action, subject, facts) {
            return Ok(());
        }
        let rules = self.rules.iter().filter(|rule| rule.speaks_of(action, subject)).map(describe).collect();
        Err(Error::PermissionDenied { action: action.to_owned(), subject: subject.to_owned(), rules })
    }
}

fn describe(rule: &Rule) -> Value {
    let mut body = json!({"action": rule.action, "inverted": rule.inverted, "subject": rule.subject});
    if let (Some(conditions), Some(object)) = (&rule.conditions, body.as_object_mut()) {
        object.insert("conditions".to_owned(), Value::Object(conditions.clone()));
    }
    body
}
