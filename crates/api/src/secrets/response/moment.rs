//! Dates of long lists. Formatting two for each of ten thousand secrets must not cost more than opening their values, so this
//! writes into a fixed buffer instead of going through the calendar library.

use serde::{Serialize, Serializer};

/// A moment in milliseconds since the Unix epoch, written as [`crate::wire::timestamp`] does.
pub(super) struct Moment(pub(super) i64);

/// From 0000-03-01 to 1970-01-01.
const DAYS_TO_EPOCH: i64 = 719_468;
const MS_PER_DAY: i64 = 86_400_000;

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut buffer = *b"0000-00-00T00:00:00.000Z";
        match write(self.0, &mut buffer).and_then(|()| std::str::from_utf8(&buffer).ok()) {
            Some(text) => serializer.serialize_str(text),
            None => serializer.serialize_str(&crate::wire::timestamp(self.0)),
        }
    }
}

/// `None` for years that do not have four digits.
fn write(ms: i64, buffer: &mut [u8; 24]) -> Option<()> {
    let (days, in_day) = (ms.div_euclid(MS_PER_DAY), ms.rem_euclid(MS_PER_DAY));
    // Days to civil date, years beginning in March (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    let shifted = days + DAYS_TO_EPOCH;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    if !(0..=9_999).contains(&year) {
        return None;
    }
    for (range, number) in [
        (0..4, year),
        (5..7, month),
        (8..10, day),
        (11..13, in_day / 3_600_000),
        (14..16, in_day / 60_000 % 60),
        (17..19, in_day / 1_000 % 60),
        (20..23, in_day % 1_000),
    ] {
        let mut rest = number;
        for digit in buffer[range].iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
        }
    }
    Some(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Moment;

    #[test]
    fn dates_are_written_as_everywhere_else() {
        let mut moments: Vec<i64> = (0..2_000).map(|i| i * 86_400_000 * 13 + i * 7_919).collect();
        moments.extend([0, -1, 951_782_399_999, 951_782_400_000, 1_709_164_800_000, 4_102_444_799_999, i64::MAX]);
        for ms in moments {
            let written = serde_json::to_value(Moment(ms)).unwrap();
            assert_eq!(written, crate::wire::timestamp(ms), "{ms}");
        }
    }
}
