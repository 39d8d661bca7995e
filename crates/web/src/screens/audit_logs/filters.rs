//! What is looked for, from the query string.

use chrono::NaiveDateTime;
use keyferry_domain::audit::{Filter, Query};

use crate::ui::{Choice, choice};
use crate::visit::Request;

const HOUR_MS: i64 = 3_600_000;

/// The ranges to choose from: word, label, length.
const RANGES: [(&str, &str, i64); 5] = [
    ("1h", "Last hour", HOUR_MS),
    ("1d", "Last day", 24 * HOUR_MS),
    ("7d", "Last week", 7 * 24 * HOUR_MS),
    ("30d", "Last month", 30 * 24 * HOUR_MS),
    ("90d", "Last 3 months", 90 * 24 * HOUR_MS),
];

/// Fields of an event's metadata that can be looked for: query parameter, key, label.
pub(super) const METADATA: [(&str, &str, &str); 3] = [
    ("environment", "environment", "Environment"),
    ("secret_path", "secretPath", "Secret path"),
    ("secret_key", "secretKey", "Secret key"),
];

/// What is looked for.
pub(super) struct Filters {
    pub(super) range: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) event: String,
    pub(super) actor_type: String,
    pub(super) actor_id: String,
    pub(super) metadata: Vec<(&'static str, &'static str, String)>,
    pub(super) offset: u64,
}

impl Filters {
    pub(super) fn of(request: &Request) -> Self {
        let text = |name| request.query(name).unwrap_or_default().trim().to_owned();
        Self {
            range: request.query("range").unwrap_or("1h").to_owned(),
            from: text("from"),
            to: text("to"),
            event: text("event"),
            actor_type: text("actor"),
            actor_id: text("actor_id"),
            metadata: METADATA.into_iter().map(|(name, _, label)| (name, label, text(name))).collect(),
            offset: request.query_as("offset").unwrap_or_default(),
        }
    }

    /// The ranges as options.
    pub(super) fn ranges() -> Vec<Choice> {
        let mut ranges: Vec<Choice> = RANGES.into_iter().map(|(word, label, _)| choice(word, label)).collect();
        ranges.push(choice("custom", "Custom (UTC)"));
        ranges
    }

    /// The kinds of actor as options.
    pub(super) fn actors() -> Vec<Choice> {
        vec![
            choice("", "Every actor"),
            choice("user", "Users"),
            choice("identity", "Machine identities"),
            choice("platform", "Keyferry"),
        ]
    }

    /// The query, one row more than shown so that it is known whether there are further ones.
    pub(super) fn query(&self, project_id: Option<uuid::Uuid>, now_ms: i64, page: u64) -> Query {
        let length_ms = RANGES.into_iter().find(|(word, _, _)| *word == self.range).map(|(_, _, length_ms)| length_ms);
        let (from_ms, to_ms) = match length_ms {
            Some(length_ms) => (Some(now_ms - length_ms), None),
            None => (moment(&self.from).or(Some(now_ms - RANGES[4].2)), moment(&self.to)),
        };
        let metadata = self.metadata.iter().zip(METADATA).filter(|((_, _, value), _)| !value.is_empty());
        Query {
            filter: Filter {
                project_id,
                actor_type: Some(self.actor_type.clone()).filter(|kind| !kind.is_empty()),
                actor_id: self.actor_id.parse().ok(),
                event_types: self.event.split(',').map(str::trim).filter(|kind| !kind.is_empty()).map(str::to_owned).collect(),
                from_ms,
                to_ms,
                ..Filter::default()
            },
            event_metadata: metadata.map(|((_, _, value), (_, key, _))| (key.to_owned(), value.clone())).collect(),
            offset: self.offset,
            limit: page + 1,
        }
    }

    /// Whether anything but the range narrows the list.
    pub(super) fn is_narrowed(&self) -> bool {
        !self.event.is_empty()
            || !self.actor_type.is_empty()
            || !self.actor_id.is_empty()
            || self.metadata.iter().any(|(_, _, value)| !value.is_empty())
    }
}

/// The value of a `datetime-local` field, taken as UTC.
fn moment(text: &str) -> Option<i64> {
    let parsed = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").ok();
    parsed.or_else(|| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").ok()).map(|at| at.and_utc().timestamp_millis())
}

#[cfg(test)]
mod filter_tests {
    use super::*;
    use crate::visit::sample_request;

    #[test]
    fn filters_are_combined() {
        let request = sample_request("/a?range=custom&from=1970-01-01T00:01&event=a,+b&secret_key=K");
        let query = Filters::of(&request).query(None, 1_000_000, 50);
        assert_eq!(query.filter.from_ms, Some(60_000));
        assert_eq!(query.filter.event_types, ["a", "b"]);
        assert_eq!(query.event_metadata, [("secretKey".to_owned(), "K".to_owned())]);
        assert_eq!(query.limit, 51);
    }
}
