//! The rate budget of a Checkly API key, shared through the database by every process.
//!
//! A process takes calls in small blocks and hands them out in the order of priority, then of arrival. A block that is not used
//! within a second is dropped, and the window is a second longer than Checkly's, so a call made late still lies within it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use keyferry_connectors::{Priority, RateBudget};
use keyferry_db::rate_budget::{self as store, Taken, Window};
use keyferry_db::{Db, DbError};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::clock::{Clock, Ids};

/// Below Checkly's 600 calls in 60 s (Checkly API contract, section 7), as calls may arrive closer than they left.
const WINDOW: Window = Window { limit: 580, window_ms: 61_000 };
/// Most calls taken at once.
const BLOCK: i32 = 20;
/// How long a block may be used.
const BLOCK_LIFE: Duration = Duration::from_secs(1);
/// How long the call that goes alone after a pause may take.
const PROBE_MS: i64 = 15_000;
/// How long to wait for a database that does not answer.
const DATABASE_AWAY: Duration = Duration::from_secs(1);
/// Longest sleep before looking again: another process may have settled a pause meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

type Place = (Priority, u64);

/// The budget of this process.
pub struct SharedBudget {
    db: Db,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    keys: Mutex<HashMap<[u8; 32], Key>>,
    /// Keys under which this process has a call out alone after a pause.
    probing: Mutex<HashSet<[u8; 32]>>,
}

#[derive(Default)]
struct Key {
    queue: BTreeMap<Place, Arc<Notify>>,
    next_place: u64,
    block: Option<(i32, Instant)>,
}

impl SharedBudget {
    /// On this database.
    #[must_use]
    pub fn new(db: Db, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { db, clock, ids, keys: Mutex::new(HashMap::new()), probing: Mutex::new(HashSet::new()) }
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<[u8; 32], Key>> {
        // Nothing in here panics half way through a change.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn probing(&self) -> MutexGuard<'_, HashSet<[u8; 32]>> {
        self.probing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line_up(&self, key_hash: &[u8; 32], priority: Priority) -> Waiting<'_> {
        let mut keys = self.keys();
        let key = keys.entry(*key_hash).or_default();
        let place = (priority, key.next_place);
        key.next_place += 1;
        let turn = Arc::new(Notify::new());
        key.queue.insert(place, Arc::clone(&turn));
        Waiting { budget: self, key_hash: *key_hash, place, turn }
    }

    async fn take(&self, key_hash: &[u8; 32], want: i32) -> Result<Taken, DbError> {
        let now_ms = self.clock.now_ms();
        let tx = self.db.begin().await?;
        let taken = store::take(&tx, self.ids.v7(now_ms), key_hash, want, WINDOW, PROBE_MS, now_ms).await?;
        tx.commit().await?;
        Ok(taken)
    }
}

/// A place in the queue of a key; dropping it leaves the queue and wakes the next.
struct Waiting<'a> {
    budget: &'a SharedBudget,
    key_hash: [u8; 32],
    place: Place,
    turn: Arc<Notify>,
}

enum Step {
    Go,
    Take(i32),
    WaitForTurn,
}

impl Waiting<'_> {
    /// What to do now: the first in the queue uses the block, or fetches one for those behind it too.
    fn step(&self) -> Step {
        let mut keys = self.budget.keys();
        let Some(key) = keys.get_mut(&self.key_hash) else { return Step::WaitForTurn };
        if key.queue.keys().next() != Some(&self.place) {
            return Step::WaitForTurn;
        }
        match &mut key.block {
            Some((left, until)) if *left > 0 && Instant::now() < *until => {
                *left -= 1;
                Step::Go
            }
            _ => Step::Take(i32::try_from(key.queue.len()).unwrap_or(BLOCK).min(BLOCK)),
        }
    }

    fn fill(&self, calls: i32) {
        if let Some(key) = self.budget.keys().get_mut(&self.key_hash) {
            key.block = Some((calls, Instant::now() + BLOCK_LIFE));
        }
    }

    async fn sleep(&self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.turn.notified() => {}
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut keys = self.budget.keys();
        let Some(key) = keys.get_mut(&self.key_hash) else { return };
        key.queue.remove(&self.place);
        match key.queue.values().next() {
            Some(next) => next.notify_one(),
            None => {
                keys.remove(&self.key_hash);
            }
        }
    }
}

#[async_trait]
impl RateBudget for SharedBudget {
    async fn acquire(&self, key_hash: &[u8; 32], priority: Priority) -> Duration {
        let asked = Instant::now();
        let waiting = self.line_up(key_hash, priority);
        loop {
            match waiting.step() {
                Step::Go => return asked.elapsed(),
                Step::WaitForTurn => waiting.turn.notified().await,
                Step::Take(want) => match self.take(key_hash, want).await {
                    Ok(Taken::Calls(calls)) => waiting.fill(calls),
                    Ok(Taken::Probe) => {
                        self.probing().insert(*key_hash);
                        waiting.fill(1);
                    }
                    Ok(Taken::NotBefore(then_ms)) => {
                        let left = u64::try_from(then_ms - self.clock.now_ms()).unwrap_or(0).max(1);
                        waiting.sleep(Duration::from_millis(left).min(LOOK_AGAIN)).await;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the rate budget cannot be read; calls wait");
                        waiting.sleep(DATABASE_AWAY).await;
                    }
                },
            }
        }
    }

    async fn retry_after(&self, key_hash: &[u8; 32], wait: Duration) {
        self.probing().remove(key_hash);
        if let Some(key) = self.keys().get_mut(key_hash) {
            key.block = None;
        }
        let until_ms = self.clock.now_ms() + i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 2);
        let paused = async {
            let tx = self.db.begin().await?;
            store::pause(&tx, key_hash, until_ms).await?;
            tx.commit().await
        };
        if let Err(error) = paused.await {
            tracing::warn!(%error, "a wait that Checkly asked for cannot be stored");
        }
    }

    async fn settled(&self, key_hash: &[u8; 32]) {
        if !self.probing().remove(key_hash) {
            return;
        }
        let settled = async {
            let tx = self.db.begin().await?;
            store::settle(&tx, key_hash).await?;
            tx.commit().await
        };
        match settled.await {
            Ok(()) => {
                if let Some(first) = self.keys().get(key_hash).and_then(|key| key.queue.values().next()) {
                    first.notify_one();
                }
            }
            Err(error) => tracing::warn!(%error, "the end of a wait cannot be stored"),
        }
    }
}
