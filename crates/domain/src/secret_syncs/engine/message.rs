//! What a failed run says: `lastSyncMessage` (contract "connections and syncs", section 4.6). Never a value.

use keyferry_connectors::plan::Reason;
use keyferry_connectors::{Failure, Whose};
use serde_json::json;

const MOST_CHARACTERS: usize = 1024;
const KEYS_NAMED: usize = 5;

/// Why a run, or an attempt of it, did not do everything.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// For `lastSyncMessage`, at most 1,024 characters.
    pub(super) message: String,
    /// The same for people, where the contract's words are those of a machine.
    pub(super) plain: Option<String>,
    /// Whose it is.
    pub(super) whose: Whose,
    /// It may pass by itself.
    pub(super) transient: bool,
    /// How long the destination asked to wait.
    pub(super) retry_after_ms: Option<u64>,
    /// Nothing failed: the run was told to stop, or lost its lease.
    pub(super) stopped: bool,
}

impl Problem {
    /// A refusal that only the user can mend.
    pub(super) fn settings(message: &str) -> Self {
        Self {
            message: cut(message),
            plain: None,
            whose: Whose::Settings,
            transient: false,
            retry_after_ms: None,
            stopped: false,
        }
    }

    /// A failure of ours.
    pub(super) fn ours(message: &str, transient: bool) -> Self {
        Self { message: cut(message), plain: None, whose: Whose::Ours, transient, retry_after_ms: None, stopped: false }
    }

    /// The run was told to stop.
    pub(super) fn stopped() -> Self {
        Self { stopped: true, ..Self::ours("Stopped before the end.", true) }
    }

    /// A call that is about no single key, such as the list.
    pub(super) fn of_call(failure: &Failure) -> Self {
        Self {
            message: cut(&failure.wire_message()),
            plain: Some(failure.message.clone()),
            whose: failure.whose(),
            transient: failure.is_transient(),
            retry_after_ms: failure.retry_after_ms,
            stopped: failure.kind == keyferry_connectors::FailureKind::Stopped,
        }
    }

    /// The message with whose it is in front, for people.
    pub(super) fn for_people(&self) -> String {
        let whose = match self.whose {
            Whose::Ours => "Keyferry",
            Whose::Settings => "Your settings",
            Whose::Checkly => "Checkly",
            Whose::Network => "The network",
        };
        cut(&format!("{whose}: {}", self.plain.as_ref().unwrap_or(&self.message)))
    }
}

/// The message about failed keys: the first one's own text, and the names of others.
pub(super) fn of_keys(failed: &[(&str, &str)]) -> String {
    let Some((key, text)) = failed.first() else { return String::new() };
    let error = format!("{text}{}", also_failed(&failed[1..]));
    cut(&json!({"secretKey": key, "error": error}).to_string())
}

/// Like [`of_keys`], for people.
pub(super) fn plain_of_keys(failed: &[(&str, &str)]) -> String {
    let Some((key, text)) = failed.first() else { return String::new() };
    format!("{key}: {text}{}", also_failed(&failed[1..]))
}

fn also_failed(others: &[(&str, &str)]) -> String {
    if others.is_empty() {
        return String::new();
    }
    let named: Vec<&str> = others.iter().take(KEYS_NAMED).map(|(key, _)| *key).collect();
    let more = others.len() - named.len();
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(" (also failed: {}{tail})", named.join(", "))
}

/// The message about secrets that end on one destination key: at most five keys with their folders (contract, section 3.9).
pub(super) fn of_conflicts(conflicts: &[(String, Vec<String>)]) -> String {
    let named: Vec<String> =
        conflicts.iter().take(KEYS_NAMED).map(|(key, folders)| format!("{key} ({})", folders.join(", "))).collect();
    let more = conflicts.len().saturating_sub(KEYS_NAMED);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    cut(&json!({"error": format!("Several secrets end on the same destination key: {}{tail}", named.join(", "))}).to_string())
}

/// What is said of a key that the source cannot decide.
pub(super) fn of_blocked(reason: Reason) -> &'static str {
    match reason {
        Reason::Unreadable => "The stored value cannot be decrypted. The variable was left as it is, and nothing was deleted.",
        Reason::UnresolvedReference => "A reference in the value leads nowhere. The variable was left as it is.",
        Reason::OutsideGrant => {
            "The value comes from a place that nobody has granted to this sync. Somebody who may read it there has to trigger or \
             save the sync."
        }
        Reason::KeyConflict => "Several secrets end on this destination key. The variable was left as it is.",
        Reason::OutsideSchema => "A variable of this name exists, but lies outside the key schema. It was left as it is.",
        Reason::EmptyValue => "The value is empty.",
        _ => "The variable was left as it is.",
    }
}

/// Longer than 1,024 characters: the first 1,021 and three dots.
pub(super) fn cut(text: &str) -> String {
    if text.chars().count() <= MOST_CHARACTERS {
        return text.to_owned();
    }
    text.chars().take(MOST_CHARACTERS - 3).chain("...".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_reads_as_the_contract_shows() {
        let body = r#"{"statusCode":401,"error":"Unauthorized","message":"Bad Token"}"#;
        assert_eq!(
            of_keys(&[("SHOP_TOKEN", body)]),
            r#"{"secretKey":"SHOP_TOKEN","error":"{\"statusCode\":401,\"error\":\"Unauthorized\",\"message\":\"Bad Token\"}"}"#
        );
    }

    #[test]
    fn other_keys_are_named_up_to_five() {
        let failed: Vec<(&str, &str)> = ["A", "B", "C", "D", "E", "F", "G", "H"].iter().map(|key| (*key, "no")).collect();
        assert_eq!(of_keys(&failed), r#"{"secretKey":"A","error":"no (also failed: B, C, D, E, F and 2 more)"}"#);
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(cut(&"x".repeat(1024)).len(), 1024);
        let long = cut(&"é".repeat(1025));
        assert_eq!(long.chars().count(), 1024);
        assert!(long.ends_with("é..."));
    }

    #[test]
    fn conflicts_name_keys_and_folders() {
        let conflicts: Vec<_> = (0..7).map(|n| (format!("K{n}"), vec!["/a".to_owned(), "/b".to_owned()])).collect();
        let text = of_conflicts(&conflicts);
        assert!(
            text.contains("K0 (/a, /b)") && text.contains("K4") && !text.contains("K5") && text.contains("and 2 more"),
            "{text}"
        );
    }
}
