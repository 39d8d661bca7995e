//! A rate budget for one process.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::window::Window;
use super::{Priority, RateBudget};

/// Calls allowed in any window. Below Checkly's 600, as the time a call takes
/// to arrive varies and two calls may arrive closer than they left.
const LIMIT: usize = 580;
const WINDOW: Duration = Duration::from_secs(60);
/// Idle keys are forgotten once this many are known.
const KEYS_KEPT: usize = 64;

type Place = (Priority, u64);

/// Sliding windows, one per API key; bursts are free while a window has room.
pub struct InProcessBudget {
    limit: usize,
    window: Duration,
    keys: Mutex<HashMap<[u8; 32], Key>>,
}

struct Key {
    window: Window,
    queue: BTreeMap<Place, Arc<Notify>>,
    next_place: u64,
}

impl Key {
    fn wake_first(&self) {
        if let Some(first) = self.queue.values().next() {
            first.notify_one();
        }
    }
}

impl Default for InProcessBudget {
    fn default() -> Self {
        Self::new(LIMIT, WINDOW)
    }
}

impl InProcessBudget {
    /// Allows `limit` calls (at least one) in any `window`.
    pub fn new(limit: usize, window: Duration) -> Self {
        Self { limit: limit.max(1), window, keys: Mutex::new(HashMap::new()) }
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<[u8; 32], Key>> {
        // Nothing in here panics half way through a change.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line_up(&self, key_hash: &[u8; 32], priority: Priority) -> Waiting<'_> {
        let mut keys = self.keys();
        if keys.len() > KEYS_KEPT {
            let now = Instant::now();
            keys.retain(|_, key| !key.queue.is_empty() || !key.window.is_idle(now, self.window));
        }
        let key = keys.entry(*key_hash).or_insert_with(|| Key { window: Window::new(), queue: BTreeMap::new(), next_place: 0 });
        let place = (priority, key.next_place);
        key.next_place += 1;
        let turn = Arc::new(Notify::new());
        key.queue.insert(place, Arc::clone(&turn));
        Waiting { budget: self, key_hash: *key_hash, place, turn }
    }
}

/// A place in the queue of a key; dropping it leaves the queue and wakes the
/// next, so that a cancelled caller holds nobody up.
struct Waiting<'a> {
    budget: &'a InProcessBudget,
    key_hash: [u8; 32],
    place: Place,
    turn: Arc<Notify>,
}

enum Step {
    Go,
    AskAt(Instant),
    WaitForTurn,
}

impl Waiting<'_> {
    fn step(&self) -> Step {
        let mut keys = self.budget.keys();
        let Some(key) = keys.get_mut(&self.key_hash) else {
            return Step::Go;
        };
        if key.queue.keys().next() != Some(&self.place) {
            return Step::WaitForTurn;
        }
        match key.window.try_grant(Instant::now(), self.budget.limit, self.budget.window) {
            Ok(()) => Step::Go,
            Err(then) => Step::AskAt(then),
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.budget.keys().get_mut(&self.key_hash) {
            key.queue.remove(&self.place);
            key.wake_first();
        }
    }
}

#[async_trait]
impl RateBudget for InProcessBudget {
    async fn acquire(&self, key_hash: &[u8; 32], priority: Priority) -> Duration {
        let asked = Instant::now();
        let waiting = self.line_up(key_hash, priority);
        loop {
            match waiting.step() {
                Step::Go => return asked.elapsed(),
                Step::AskAt(then) => {
                    tokio::select! {
                        () = sleep_until(then) => {}
                        () = waiting.turn.notified() => {}
                    }
                }
                Step::WaitForTurn => waiting.turn.notified().await,
            }
        }
    }

    async fn retry_after(&self, key_hash: &[u8; 32], wait: Duration) {
        let mut keys = self.keys();
        let key = keys.entry(*key_hash).or_insert_with(|| Key { window: Window::new(), queue: BTreeMap::new(), next_place: 0 });
        key.window.pause(Instant::now(), wait);
        // Whoever waits for a call that went out alone waits for another time now.
        key.wake_first();
    }

    async fn settled(&self, key_hash: &[u8; 32]) {
        if let Some(key) = self.keys().get_mut(key_hash)
            && key.window.settle()
        {
            key.wake_first();
        }
    }
}
