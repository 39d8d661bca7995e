//! Times, numbers and durations as people read them.

use std::borrow::Borrow;
use std::fmt;

use askama::filters::HtmlSafe;
use chrono::{DateTime, SecondsFormat, Utc};

/// A moment, shown absolute with its distance from now; the machine's value is in the element.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    at_ms: i64,
    now_ms: i64,
}

/// A moment for a template.
#[must_use]
pub fn moment(at_ms: i64, now_ms: i64) -> Moment {
    Moment { at_ms, now_ms }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(at) = DateTime::<Utc>::from_timestamp_millis(self.at_ms) else { return f.write_str("unknown") };
        write!(
            f,
            "<time datetime=\"{}\">{} <span class=\"muted\">({})</span></time>",
            at.to_rfc3339_opts(SecondsFormat::Millis, true),
            at.format("%Y-%m-%d %H:%M:%S UTC"),
            relative(self.at_ms, self.now_ms)
        )
    }
}

impl HtmlSafe for Moment {}

/// A moment in RFC 3339, for machines.
#[must_use]
pub fn iso(at_ms: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(at_ms).map_or_else(String::new, |at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// How far a moment is from now: `just now`, `5 minutes ago`, `in 3 hours`.
#[must_use]
pub fn relative(at_ms: i64, now_ms: i64) -> String {
    let distance_s = (now_ms - at_ms).abs() / 1000;
    let (count, unit) = match distance_s {
        0..5 => return "just now".to_owned(),
        5..60 => (distance_s, "second"),
        60..3_600 => (distance_s / 60, "minute"),
        3_600..86_400 => (distance_s / 3_600, "hour"),
        86_400..2_592_000 => (distance_s / 86_400, "day"),
        2_592_000..31_536_000 => (distance_s / 2_592_000, "month"),
        _ => (distance_s / 31_536_000, "year"),
    };
    let plural = if count == 1 { "" } else { "s" };
    if at_ms <= now_ms { format!("{count} {unit}{plural} ago") } else { format!("in {count} {unit}{plural}") }
}

/// A count with thousands separators.
#[must_use]
pub fn count(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or_default().to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A length with thousands separators.
#[must_use]
pub fn number(number: impl Borrow<usize>) -> String {
    count(*number.borrow() as u64)
}

/// `1 sync`, `2 syncs`.
#[must_use]
pub fn plural(number: impl Borrow<usize>, one: &str, many: &str) -> String {
    let number = *number.borrow();
    format!("{} {}", count(number as u64), if number == 1 { one } else { many })
}

/// A lifetime in the largest unit that says it exactly: `30 days`, `90 minutes`.
#[must_use]
pub fn lifetime(seconds: i64) -> String {
    let units = [(86_400, "day", "days"), (3_600, "hour", "hours"), (60, "minute", "minutes"), (1, "second", "seconds")];
    let (length, one, many) = units.into_iter().find(|(length, _, _)| seconds % length == 0).unwrap_or((1, "second", "seconds"));
    plural(usize::try_from(seconds / length).unwrap_or_default(), one, many)
}

/// The label of a field in which a name is typed before something goes for good.
#[must_use]
pub fn confirm(name: &str) -> String {
    format!("Type {name} to confirm")
}

/// A duration to three significant digits: `2.31 s`, `450 ms`, `3.2 min`.
#[must_use]
pub fn duration(ms: i64) -> String {
    let ms_f = ms.max(0) as f64;
    match ms {
        ..1_000 => format!("{} ms", ms.max(0)),
        1_000..60_000 => format!("{} s", significant(ms_f / 1_000.0)),
        60_000..3_600_000 => format!("{} min", significant(ms_f / 60_000.0)),
        _ => format!("{} h", significant(ms_f / 3_600_000.0)),
    }
}

fn significant(value: f64) -> String {
    match value {
        ..10.0 => format!("{value:.2}"),
        ..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_said_in_the_largest_whole_unit() {
        assert_eq!(relative(0, 2_000), "just now");
        assert_eq!(relative(0, 60_000), "1 minute ago");
        assert_eq!(relative(7_200_000, 0), "in 2 hours");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(count(999_u64), "999");
        assert_eq!(count(1_000_u64), "1,000");
        assert_eq!(count(1_234_567_u64), "1,234,567");
        assert_eq!(plural(1, "sync", "syncs"), "1 sync");
    }

    #[test]
    fn lifetimes_are_said_exactly() {
        assert_eq!([2_592_000, 5_400, 86_399].map(lifetime), ["30 days", "90 minutes", "86,399 seconds"]);
    }

    #[test]
    fn durations_have_three_digits() {
        assert_eq!(duration(450), "450 ms");
        assert_eq!(duration(2_310), "2.31 s");
        assert_eq!(duration(192_000), "3.20 min");
    }
}
