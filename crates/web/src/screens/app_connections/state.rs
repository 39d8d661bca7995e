//! The states of a connection in words (user interface contract, section 5.1).

use keyferry_domain::app_connections::AppConnection;

use crate::text::{Moment, moment};
use crate::ui::{Badge, badge};

/// The state's word in filters, and its badge.
pub(super) const STATES: [(&str, &str); 6] = [
    ("working", "Working"),
    ("rejected", "Rejected by Checkly"),
    ("not_enough_rights", "Not enough rights"),
    ("rate_limited", "Rate limited"),
    ("unreachable", "Unreachable"),
    ("never", "Never checked"),
];

/// What the last call with a connection's key said.
pub(super) struct State {
    pub(super) key: &'static str,
    pub(super) badge: Badge,
    pub(super) message: String,
    pub(super) checked: Option<Moment>,
}

pub(super) fn state(row: &AppConnection, now_ms: i64) -> State {
    let stored = row.health_status.as_deref().unwrap_or("never");
    let (key, label) = STATES.into_iter().find(|(key, _)| *key == stored).unwrap_or(("never", "Never checked"));
    State {
        key,
        badge: badge(label),
        message: row.health_message.clone().unwrap_or_default(),
        checked: row.health_checked_at_ms.map(|at_ms| moment(at_ms, now_ms)),
    }
}

/// The first digits of the keyed hash of the key: enough for two people to compare, nothing to guess from.
pub(super) fn fingerprint(row: &AppConnection) -> String {
    row.api_key_hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}
