//! Truth values, fixed words, and choices among words.

use serde_json::{Value, json};

use super::codec::Codec;
use super::sink::{Sink, kind};

/// A JSON truth value.
#[must_use]
pub fn boolean() -> Boolean {
    Boolean
}

/// See [`boolean`].
pub struct Boolean;

impl Codec for Boolean {
    type Out = bool;

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<bool> {
        let read = value.and_then(Value::as_bool);
        if read.is_none() {
            sink.wrong_type("boolean", value);
        }
        read
    }

    fn schema(&self) -> Value {
        json!({ "type": "boolean" })
    }
}

/// The words `true` and `false`, for queries (core API contract, section 1.2).
#[must_use]
pub fn string_bool() -> StringBool {
    StringBool
}

/// See [`string_bool`].
pub struct StringBool;

impl Codec for StringBool {
    type Out = bool;

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<bool> {
        enumeration(&["true", "false"]).decode(value, sink).map(|word| word == "true")
    }

    fn schema(&self) -> Value {
        enumeration(&["true", "false"]).schema()
    }
}

/// Any text: empty, `0` and `false` in any case mean no, all else yes (v2 folder queries; core API contract, section 1.2).
#[must_use]
pub fn loose_bool() -> LooseBool {
    LooseBool
}

/// See [`loose_bool`].
pub struct LooseBool;

impl Codec for LooseBool {
    type Out = bool;

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<bool> {
        match value {
            Some(Value::String(word)) => Some(!(word.is_empty() || word == "0" || word.eq_ignore_ascii_case("false"))),
            Some(Value::Bool(given)) => Some(*given),
            other => {
                sink.wrong_type("string", other);
                None
            }
        }
    }

    fn schema(&self) -> Value {
        json!({ "type": "string" })
    }
}

/// One fixed value: a word, a number or a truth value.
#[must_use]
pub fn literal(expected: impl Into<Value>) -> Literal {
    Literal { expected: expected.into() }
}

/// See [`literal`].
pub struct Literal {
    expected: Value,
}

impl Codec for Literal {
    type Out = ();

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<()> {
        if value == Some(&self.expected) {
            return Some(());
        }
        let message = format!("Invalid literal value, expected {}", self.expected);
        let mut issue = json!({ "code": "invalid_literal", "expected": self.expected, "message": message });
        if let Some(received) = value {
            issue["received"] = received.clone();
        }
        sink.push(issue);
        None
    }

    fn schema(&self) -> Value {
        json!({ "const": self.expected })
    }
}

/// One of some words.
#[must_use]
pub fn enumeration(words: &'static [&'static str]) -> Enumeration {
    Enumeration { words }
}

/// See [`enumeration`].
#[derive(Clone, Copy)]
pub struct Enumeration {
    words: &'static [&'static str],
}

impl Codec for Enumeration {
    type Out = &'static str;

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<&'static str> {
        let expected = quoted(self.words);
        let Some(Value::String(given)) = value else {
            let kind = kind(value);
            let message =
                if kind == "undefined" { "Required".to_owned() } else { format!("Expected {expected}, received {kind}") };
            sink.push(json!({ "expected": expected, "received": kind, "code": "invalid_type", "message": message }));
            return None;
        };
        let read = self.words.iter().find(|word| *word == given).copied();
        if read.is_none() {
            let message = format!("Invalid enum value. Expected {expected}, received '{given}'");
            sink.push(json!({ "received": given, "code": "invalid_enum_value", "options": self.words, "message": message }));
        }
        read
    }

    fn schema(&self) -> Value {
        json!({ "type": "string", "enum": self.words })
    }
}

/// The words as messages list them.
pub(crate) fn quoted(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    quoted.join(" | ")
}

/// Nothing at all: a key that must be absent or `null`; anything else is the union issue (`gatewayId`).
#[must_use]
pub fn nothing() -> Nothing {
    Nothing
}

/// See [`nothing`].
pub struct Nothing;

impl Codec for Nothing {
    type Out = ();

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<()> {
        let mut errors = Vec::new();
        for expected in ["undefined", "null"] {
            let mut attempt = sink.fork();
            attempt.wrong_type(expected, value);
            errors.push(json!({ "issues": attempt.into_issues(), "name": "ZodError" }));
        }
        sink.push(json!({ "code": "invalid_union", "unionErrors": errors, "message": "Invalid input" }));
        None
    }

    fn schema(&self) -> Value {
        json!({ "type": "null" })
    }
}
