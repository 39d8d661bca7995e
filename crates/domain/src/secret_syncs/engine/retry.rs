//! When a failed run is tried again (design, section 4; contract "connections and syncs", section 4.2).

/// Attempts one after another before a run counts as failed.
pub(super) const QUICK_ATTEMPTS: i32 = 5;

const QUICK_BASE_MS: i64 = 3_000;
const QUICK_SPREAD_MS: f64 = 1_000.0;
const BACKGROUND_BASE_MS: i64 = 60_000;
const BACKGROUND_MOST_MS: i64 = 30 * 60_000;
/// How long a cause that may pass is believed to pass.
const BACKGROUND_FOR_MS: i64 = 24 * 60 * 60_000;

/// The pause after the `attempt`th quick attempt: 3, 6, 12, 24 s and a little, or what the destination asked for if longer.
pub(super) fn quick_pause_ms(attempt: i32, asked_ms: Option<u64>, jitter: f64) -> i64 {
    let doublings = u32::try_from(attempt - 1).unwrap_or(0).min(6);
    let pause = QUICK_BASE_MS << doublings;
    pause.max(asked(asked_ms)) + spread(QUICK_SPREAD_MS, jitter)
}

/// When a failed sync is tried again in the background, `tries` such tries having been made; none when it fails for too long.
pub(super) fn background_at_ms(
    now_ms: i64,
    failing_since_ms: i64,
    tries: i32,
    asked_ms: Option<u64>,
    jitter: f64,
) -> Option<i64> {
    let doublings = u32::try_from(tries).unwrap_or(0).min(6);
    let pause = (BACKGROUND_BASE_MS << doublings).min(BACKGROUND_MOST_MS).max(asked(asked_ms));
    #[expect(clippy::cast_precision_loss, reason = "a spread need not be exact")]
    let at_ms = now_ms + pause + spread(pause as f64 / 10.0, jitter);
    (at_ms - failing_since_ms <= BACKGROUND_FOR_MS).then_some(at_ms)
}

fn asked(asked_ms: Option<u64>) -> i64 {
    asked_ms.map_or(0, |ms| i64::try_from(ms).unwrap_or(i64::MAX / 4))
}

#[expect(clippy::cast_possible_truncation, reason = "at most a few minutes in milliseconds")]
fn spread(most_ms: f64, jitter: f64) -> i64 {
    (most_ms * jitter.clamp(0.0, 1.0)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_pauses_double() {
        let pauses: Vec<i64> = (1..5).map(|attempt| quick_pause_ms(attempt, None, 0.0)).collect();
        assert_eq!(pauses, [3_000, 6_000, 12_000, 24_000]);
        assert_eq!(quick_pause_ms(1, Some(60_000), 0.0), 60_000);
        assert_eq!(quick_pause_ms(1, None, 1.0), 4_000);
    }

    #[test]
    fn the_background_gives_up_after_a_day() {
        assert_eq!(background_at_ms(0, 0, 0, None, 0.0), Some(60_000));
        assert_eq!(background_at_ms(0, 0, 40, None, 0.0), Some(30 * 60_000));
        assert_eq!(background_at_ms(24 * 60 * 60_000, 0, 3, None, 0.0), None);
    }
}
