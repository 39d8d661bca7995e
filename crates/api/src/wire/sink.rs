//! Gathers issues while a value is read, with the path to where it is being read.

use serde_json::{Value, json};

/// The issues found so far and the present path.
#[derive(Debug, Default)]
pub struct Sink {
    path: Vec<Value>,
    issues: Vec<Value>,
}

impl Sink {
    /// Whether nothing is wrong so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.issues.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.issues.len()
    }

    pub(crate) fn into_issues(self) -> Vec<Value> {
        self.issues
    }

    /// A sink that stands at the same path and holds nothing, for trying an alternative.
    pub(crate) fn fork(&self) -> Self {
        Self { path: self.path.clone(), issues: Vec::new() }
    }

    pub(crate) fn append(&mut self, mut issues: Vec<Value>) {
        self.issues.append(&mut issues);
    }

    /// The name of the field being read; empty at the root.
    #[must_use]
    pub fn field(&self) -> &str {
        self.path.iter().rev().find_map(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn at<R>(&mut self, segment: impl Into<Value>, read: impl FnOnce(&mut Self) -> R) -> R {
        self.path.push(segment.into());
        let outcome = read(self);
        self.path.pop();
        outcome
    }

    /// Adds an issue at the present path. `issue` is an object with its `code`, its details and its `message`.
    pub fn push(&mut self, mut issue: Value) {
        issue["path"] = Value::from(self.path.clone());
        self.issues.push(issue);
    }

    /// A value of the wrong kind, or none (`undefined`).
    pub(crate) fn wrong_type(&mut self, expected: &str, received: Option<&Value>) {
        let kind = kind(received);
        let message = if kind == "undefined" { "Required".to_owned() } else { format!("Expected {expected}, received {kind}") };
        self.push(json!({ "code": "invalid_type", "expected": expected, "received": kind, "message": message }));
    }

    /// A rule of our own that does not hold.
    pub fn custom(&mut self, message: &str) {
        self.push(json!({ "code": "custom", "message": message }));
    }
}

/// The contract's word for the kind of a value.
pub(crate) fn kind(value: Option<&Value>) -> &'static str {
    match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    }
}
