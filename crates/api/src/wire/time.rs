//! Moments on their way out.

use chrono::{DateTime, SecondsFormat};

/// RFC 3339 in UTC with milliseconds, such as `2026-01-31T10:20:30.123Z` (core API contract, section 1.2), of milliseconds since the
/// Unix epoch. Moments beyond what can be written are the epoch.
#[must_use]
pub fn timestamp(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}
