//! Waiting for something to become true.

use std::time::{Duration, Instant};

/// How long a condition may take on a busy machine before the test fails.
const DEADLINE: Duration = Duration::from_secs(60);

/// Asks again and again until the answer is `Some`.
///
/// # Panics
/// When a minute passes without one.
#[expect(clippy::panic, reason = "tests fail by panicking")]
pub async fn eventually<T, F, Fut>(what: &str, mut ask: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let start = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        if start.elapsed() > DEADLINE {
            panic!("{what}: not within {DEADLINE:?}");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
