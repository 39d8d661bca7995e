//! What webhooks are told about, and in whose format.

use serde::{Deserialize, Serialize};

/// An event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Secrets of a folder were created, changed, moved or deleted.
    #[serde(rename = "secrets.modified")]
    SecretsModified,
    /// Listed by the contract; nothing rotates secrets yet, so it never occurs.
    #[serde(rename = "secrets.rotation-failed")]
    RotationFailed,
    /// A sync that worked before, or never ran before, failed.
    #[serde(rename = "secret-syncs.failed")]
    SyncFailed,
    /// A sync that had failed works again.
    #[serde(rename = "secret-syncs.recovered")]
    SyncRecovered,
    /// Deletions of a sync began to wait for somebody's yes.
    #[serde(rename = "secret-syncs.approval-pending")]
    SyncApprovalPending,
    /// Somebody tries a webhook out.
    #[serde(rename = "test")]
    Test,
}

impl Event {
    /// The names that a filter may hold.
    pub const NAMES: &'static [&'static str] = &[
        "secrets.modified",
        "secrets.rotation-failed",
        "secret-syncs.failed",
        "secret-syncs.recovered",
        "secret-syncs.approval-pending",
    ];

    /// The public name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SecretsModified => "secrets.modified",
            Self::RotationFailed => "secrets.rotation-failed",
            Self::SyncFailed => "secret-syncs.failed",
            Self::SyncRecovered => "secret-syncs.recovered",
            Self::SyncApprovalPending => "secret-syncs.approval-pending",
            Self::Test => "test",
        }
    }

    /// The event of a name that a filter may hold.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::SecretsModified, Self::RotationFailed, Self::SyncFailed, Self::SyncRecovered, Self::SyncApprovalPending]
            .into_iter()
            .find(|event| event.as_str() == name)
    }

    /// The stored filter as events; unknown names are passed over.
    pub(super) fn parse_filter(stored: &str) -> Vec<Self> {
        let names: Vec<String> = serde_json::from_str(stored).unwrap_or_default();
        names.iter().filter_map(|name| Self::parse(name)).collect()
    }

    /// A filter as it is stored: each event once.
    pub(super) fn store_filter(events: &[Self]) -> String {
        let mut names: Vec<&str> = Vec::new();
        for event in events {
            if !names.contains(&event.as_str()) {
                names.push(event.as_str());
            }
        }
        serde_json::json!(names).to_string()
    }
}

/// Whose message format a webhook speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The contract's own.
    General,
    /// Slack's incoming webhooks.
    Slack,
    /// The adaptive cards of Microsoft Teams.
    MicrosoftTeams,
}

impl Kind {
    /// The public words.
    pub const NAMES: &'static [&'static str] = &["general", "slack", "microsoft-teams"];

    /// The public word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Slack => "slack",
            Self::MicrosoftTeams => "microsoft-teams",
        }
    }

    /// The kind of a public word; the contract's own for any other.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "slack" => Self::Slack,
            "microsoft-teams" => Self::MicrosoftTeams,
            _ => Self::General,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_their_events() {
        for name in Event::NAMES {
            assert_eq!(Event::parse(name).map(Event::as_str), Some(*name));
        }
        assert_eq!(Event::parse("test"), None, "a test is asked for, not listened to");
        let filter = Event::store_filter(&[Event::SyncFailed, Event::SecretsModified, Event::SyncFailed]);
        assert_eq!(Event::parse_filter(&filter), [Event::SyncFailed, Event::SecretsModified]);
    }
}
