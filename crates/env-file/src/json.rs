//! Files that are one flat JSON object.

use secrecy::SecretString;
use serde_json::Value;

use super::{Entry, EnvFile, Issue, IssueKind, MAX_BYTES, MAX_KEYS, has_reference, is_key};

/// Reads one JSON object of names and texts; numbers and truth values count as their text, `null` as empty. What holds lists or
/// further objects is told and left out. Entries are in the order of their keys, and all have line 1.
#[must_use]
pub fn parse_json(text: &str) -> EnvFile {
    let issue = |line: usize, kind| Issue { line, last_line: line, kind };
    if text.len() > MAX_BYTES {
        return EnvFile { issues: vec![issue(1, IssueKind::TooLarge)], ..EnvFile::default() };
    }
    let map = match serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        Ok(Value::Object(map)) => map,
        Ok(_) => return EnvFile { issues: vec![issue(1, IssueKind::NotJson)], ..EnvFile::default() },
        Err(error) => return EnvFile { issues: vec![issue(error.line().max(1), IssueKind::NotJson)], ..EnvFile::default() },
    };
    let mut file = EnvFile::default();
    for (key, value) in map {
        let value = match value {
            Value::String(text) => text,
            Value::Null => String::new(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            Value::Array(_) | Value::Object(_) => {
                file.issues.push(issue(1, IssueKind::Nested));
                continue;
            }
        };
        if file.entries.len() >= MAX_KEYS {
            file.issues.push(issue(1, IssueKind::TooManyKeys));
            break;
        }
        if !is_key(&key) {
            file.issues.push(issue(1, IssueKind::InvalidKey));
            continue;
        }
        if value.contains('\0') {
            file.issues.push(issue(1, IssueKind::ControlCharacter));
            continue;
        }
        file.entries.push(Entry {
            key,
            has_reference: has_reference(&value),
            value: SecretString::from(value),
            comment: None,
            line: 1,
        });
    }
    file
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_flat_object_becomes_entries_and_the_rest_is_told() {
        let file = parse_json("{\"A\": \"x\", \"B\": 1, \"C\": null, \"D\": [1], \"E F\": \"\", \"G\": true}");
        let read: Vec<_> = file.entries.iter().map(|entry| (entry.key.as_str(), entry.value.expose_secret())).collect();
        assert_eq!(read, [("A", "x"), ("B", "1"), ("C", ""), ("G", "true")]);
        let kinds: Vec<_> = file.issues.iter().map(|issue| issue.kind).collect();
        assert_eq!(kinds, [IssueKind::Nested, IssueKind::InvalidKey]);
        let broken = parse_json("{\n\"A\": }");
        assert_eq!((broken.issues[0].line, broken.issues[0].kind), (2, IssueKind::NotJson));
    }
}
