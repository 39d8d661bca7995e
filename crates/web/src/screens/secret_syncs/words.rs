//! States, causes and results in words.

use keyferry_domain::secret_syncs::plans::{Action, Reason};
use keyferry_domain::secret_syncs::runs::Run;
use keyferry_domain::secret_syncs::{DestinationConfig, SyncView};
use serde_json::Value;

use crate::ui::{Badge, Tone, badge};

/// States of a sync, the worst first: word in the address, word for people.
pub(super) const STATES: [(&str, &str); 8] = [
    ("failed", "Failed to Sync"),
    ("gone", "Source Folder Deleted"),
    ("waiting", "Waiting for approval"),
    ("syncing", "Syncing"),
    ("queued", "Queued"),
    ("new", "Not synced yet"),
    ("off", "Auto-Sync Disabled"),
    ("synced", "Synced"),
];

/// The state of a sync, as a word of [`STATES`].
pub(super) fn state(view: &SyncView) -> &'static str {
    let sync = &view.sync;
    match sync.sync_status.as_deref() {
        _ if view.source.is_none() => "gone",
        Some("failed") => "failed",
        Some("running") => "syncing",
        Some("pending") => "queued",
        _ if sync.pending_count > 0 => "waiting",
        _ if !sync.is_auto_sync_enabled => "off",
        Some("succeeded") => "synced",
        _ => "new",
    }
}

/// The words of [`STATES`] that hold for a sync; a filter finds it by each.
pub(super) fn states(view: &SyncView) -> Vec<&'static str> {
    let mut states = vec![state(view)];
    if !view.sync.is_auto_sync_enabled {
        states.push("off");
    }
    if view.sync.pending_count > 0 {
        states.push("waiting");
    }
    if view.sync.sync_status.as_deref() == Some("succeeded") {
        states.push("synced");
    }
    states
}

/// Where a sync writes, in words.
#[derive(Clone, Debug, Default)]
pub(super) struct Destination {
    pub(super) account: String,
    pub(super) account_id: String,
    /// Name and id of the check group.
    pub(super) group: Option<(String, String)>,
}

impl Destination {
    pub(super) fn of(view: &SyncView) -> Self {
        let Ok(config) = DestinationConfig::parse(&view.sync.destination_config) else { return Self::default() };
        let group = config.group_id.map(|id| (config.group_name.unwrap_or_else(|| format!("Group {id}")), id));
        Self { account: config.account_name.unwrap_or_else(|| config.account_id.clone()), account_id: config.account_id, group }
    }

    /// The group, or what stands in its place.
    pub(super) fn part(&self) -> &str {
        self.group.as_ref().map_or("Global variables", |(name, _)| name)
    }
}

/// A stored failure in one line: the key it is about, and what was said.
pub(super) fn reason(message: &str) -> String {
    let Ok(Value::Object(parts)) = serde_json::from_str::<Value>(message) else { return message.to_owned() };
    let error = parts.get("error").and_then(Value::as_str).unwrap_or_default();
    let said = serde_json::from_str::<Value>(error)
        .ok()
        .and_then(|body| body.get("message").and_then(Value::as_str).map(str::to_owned))
        .unwrap_or_else(|| error.to_owned());
    match parts.get("secretKey").and_then(Value::as_str) {
        Some("group_update" | "group_remove") => format!("The group could not be written: {said}"),
        Some(key) => format!("{key}: {said}"),
        None if said.is_empty() => message.to_owned(),
        None => said,
    }
}

/// A run's message, which begins with whose failure it is.
pub(super) fn run_reason(message: &str) -> String {
    match message.split_once(": ") {
        Some((whose @ ("Keyferry" | "Your settings" | "Checkly" | "The network"), text)) => format!("{whose}: {}", reason(text)),
        _ => reason(message),
    }
}

/// Why a run was made.
pub(super) fn trigger(run: &Run) -> &'static str {
    match run.trigger.as_str() {
        _ if run.kind == "remove-secrets" => "Removal",
        "create" => "Sync created",
        "update" => "Sync changed",
        "manual" => "Triggered",
        "force" => "Everything again",
        "apply" => "Plan applied",
        "retry" => "Retry",
        _ => "Secrets changed",
    }
}

/// How a run ended, as a badge.
pub(super) fn result(run: &Run) -> Badge {
    match (run.status.as_str(), count(run, "done")) {
        ("pending", _) if run.next_retry_at_ms.is_some() => badge("Waiting to retry").toned(Tone::Info, "hourglass"),
        ("pending", _) => badge("Queued"),
        ("running", _) => badge("Syncing"),
        ("failed", 1..) => badge("Partial"),
        ("failed", _) => badge("Failed"),
        _ if count(run, "awaitingApproval") > 0 => badge("Waiting for approval"),
        _ => badge("Done"),
    }
}

/// A count of a run.
pub(super) fn count(run: &Run, name: &str) -> u64 {
    serde_json::from_str::<Value>(&run.counts).ok().and_then(|counts| counts.get(name)?.as_u64()).unwrap_or_default()
}

/// What a run did, in a few words.
pub(super) fn counts(run: &Run) -> String {
    let parts: Vec<String> = [
        ("create", "created"),
        ("update", "updated"),
        ("reflag", "made secret"),
        ("delete", "removed"),
        ("failed", "failed"),
        ("notReached", "not reached"),
        ("awaitingApproval", "waiting"),
    ]
    .into_iter()
    .filter_map(|(name, word)| Some(count(run, name)).filter(|n| *n > 0).map(|n| format!("{} {word}", crate::text::count(n))))
    .collect();
    if parts.is_empty() { "Nothing to do".to_owned() } else { parts.join(", ") }
}

/// What is done with a key: sign and word. The sign is for the eye only.
pub(super) fn action(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::Create => ("+", "Create"),
        Action::Update => ("~", "Update"),
        Action::Reflag => ("~", "Update kind"),
        Action::Delete => ("−", "Remove"),
        Action::Keep => ("·", "Leave alone"),
        Action::Unchanged => ("=", "Unchanged"),
        Action::Blocked => ("!", "Blocked"),
    }
}

/// The word of a stored action.
pub(super) fn action_word(word: &str) -> &'static str {
    match word {
        "create" => "Create",
        "update" => "Update",
        "reflag" => "Update kind",
        "delete" => "Remove",
        "keep" => "Leave alone",
        "blocked" => "Blocked",
        _ => "Unchanged",
    }
}

/// Why, in a sentence.
pub(super) fn why(reason: Reason) -> &'static str {
    match reason {
        Reason::New => "Checkly does not have it.",
        Reason::ValueChanged => "The value changed.",
        Reason::FlagsDiffer => "It is not secret and locked at Checkly.",
        Reason::AdoptsUnmanaged => "Exists at Checkly already; this sync takes it over.",
        Reason::NotInSource => "Gone from the source.",
        Reason::Unmanaged => "Not made by this sync.",
        Reason::OutsideSchema => "Outside the key schema.",
        Reason::EmptyValue => "The value is empty.",
        Reason::DeletionDisabled => "Deletion is switched off.",
        Reason::Same => "As the source has it.",
        Reason::Unreadable => "A stored value cannot be decrypted.",
        Reason::UnresolvedReference => "A reference in the value leads nowhere.",
        Reason::OutsideGrant => "Comes from a place that nobody granted to this sync.",
        Reason::KeyConflict => "Several secrets end on this name.",
    }
}

/// What became of a key.
pub(super) fn outcome(word: &str) -> Badge {
    match word {
        "done" => badge("Done"),
        "failed" => badge("Failed"),
        "skipped" => badge("Skipped"),
        "awaiting_approval" => badge("Waiting for approval"),
        _ => badge("Not reached"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_reads_as_one_line() {
        let stored = r#"{"secretKey":"A","error":"{\"statusCode\":400,\"message\":\"bad value\"}"}"#;
        assert_eq!(reason(stored), "A: bad value");
        assert_eq!(run_reason(&format!("Checkly: {stored}")), "Checkly: A: bad value");
        assert_eq!(
            reason(r#"{"error":"Several secrets end on the same destination key: K"}"#),
            "Several secrets end on the same destination key: K"
        );
        assert_eq!(run_reason("The network: no route"), "The network: no route");
        assert_eq!(reason("plain"), "plain");
    }
}
