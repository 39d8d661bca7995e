//! Abilities kept for a moment, so that a burst of requests does not load the same roles again and again.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use keyferry_db::entities::projects;
use uuid::Uuid;

use super::ability::Ability;

type Key = (Uuid, Option<Uuid>);
type Entry = (Arc<projects::Model>, Arc<Ability>, i64);

/// How many entries are kept before all are dropped.
const CAPACITY: usize = 10_000;

/// The cache. Keys name project and actor, so that nothing crosses tenants.
#[derive(Default)]
pub struct AbilityCache {
    entries: std::sync::RwLock<HashMap<Key, Entry>>,
    epoch: AtomicU64,
}

impl AbilityCache {
    /// The present epoch; taken before loading what will be inserted.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    /// What is known of this actor in this project.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<Entry> {
        self.entries.read().ok()?.get(key).cloned()
    }

    /// Keeps an entry unless something was forgotten since `epoch`: then it may be stale already.
    pub fn insert(&self, epoch: u64, key: Key, entry: Entry) {
        if let Ok(mut entries) = self.entries.write()
            && self.epoch() == epoch
        {
            if entries.len() >= CAPACITY {
                entries.clear();
            }
            entries.insert(key, entry);
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        if let Ok(mut entries) = self.entries.write() {
            self.epoch.fetch_add(1, Ordering::SeqCst);
            entries.clear();
        }
    }
}
