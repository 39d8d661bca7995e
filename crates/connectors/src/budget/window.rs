//! The sliding window of one key: pure, told the time.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// How long the first call after a wait may go alone without having ended.
const PROBE_PATIENCE: Duration = Duration::from_secs(15);

/// Where the window stands towards a destination that asked to wait.
enum Pause {
    /// It did not.
    None,
    /// Nobody calls until then.
    Until(Instant),
    /// One call is out to see; the others wait for it, at most until then.
    Probing(Instant),
}

/// Times of the calls granted within the last window, and a pause if any.
pub(super) struct Window {
    granted: VecDeque<Instant>,
    pause: Pause,
}

impl Window {
    pub(super) fn new() -> Self {
        Self { granted: VecDeque::new(), pause: Pause::None }
    }

    /// Grants one call now, or says when to ask again.
    pub(super) fn try_grant(&mut self, now: Instant, limit: usize, length: Duration) -> Result<(), Instant> {
        self.forget_old(now, length);
        let probe = match self.pause {
            Pause::None => false,
            Pause::Until(then) | Pause::Probing(then) if now < then => return Err(then),
            Pause::Until(_) | Pause::Probing(_) => true,
        };
        if self.granted.len() >= limit
            && let Some(oldest) = self.granted.front()
        {
            return Err(*oldest + length);
        }
        self.granted.push_back(now);
        if probe {
            self.pause = Pause::Probing(now + PROBE_PATIENCE);
        }
        Ok(())
    }

    /// Pauses until `now + wait`, never shortening a pause.
    pub(super) fn pause(&mut self, now: Instant, wait: Duration) {
        let then = now + wait;
        self.pause = match self.pause {
            Pause::Until(longer) if longer > then => Pause::Until(longer),
            _ => Pause::Until(then),
        };
    }

    /// The call that went out alone has ended well.
    pub(super) fn settle(&mut self) -> bool {
        let probing = matches!(self.pause, Pause::Probing(_));
        if probing {
            self.pause = Pause::None;
        }
        probing
    }

    /// Whether nothing about it is worth remembering.
    pub(super) fn is_idle(&mut self, now: Instant, length: Duration) -> bool {
        self.forget_old(now, length);
        self.granted.is_empty()
            && match self.pause {
                Pause::None => true,
                Pause::Until(then) | Pause::Probing(then) => then + length <= now,
            }
    }

    fn forget_old(&mut self, now: Instant, length: Duration) {
        while self.granted.front().is_some_and(|granted| *granted + length <= now) {
            self.granted.pop_front();
        }
    }
}
