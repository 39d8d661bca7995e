//! Holders of tokens kept for a moment, so that a burst of requests does not look the same token up again and again.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use uuid::Uuid;

use super::trusted_ips::TrustedIps;
use crate::caller::Actor;

/// How long an entry is believed: a revocation by another replica must be felt within a second.
pub(super) const VALID_MS: i64 = 500;
/// How many entries are kept before all are dropped.
const CAPACITY: usize = 10_000;

/// What an entry is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// An identity's access token.
    Token(Uuid),
    /// A user's session with the organization its token names.
    Session(Uuid, Option<Uuid>),
    /// A service token with the hash of the secret it was shown with.
    Service(Uuid, [u8; 32]),
}

/// A token that was good a moment ago.
#[derive(Debug)]
pub(super) struct Known {
    pub actor: Actor,
    pub org_id: Option<Uuid>,
    pub trusted_ips: TrustedIps,
    /// For sessions: the version that the token must carry.
    pub access_version: i32,
    /// For tokens with a maximum life: when it ends.
    pub dies_at_ms: Option<i64>,
    pub valid_until_ms: i64,
}

/// The cache.
#[derive(Default)]
pub struct TokenCache {
    entries: RwLock<HashMap<Key, Arc<Known>>>,
    epoch: AtomicU64,
}

impl TokenCache {
    /// The present epoch; taken before loading what will be inserted.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    pub(super) fn get(&self, key: Key, now_ms: i64) -> Option<Arc<Known>> {
        let known = self.entries.read().ok()?.get(&key).cloned()?;
        // A clock that was set back must not make an entry live on.
        (now_ms < known.valid_until_ms && known.valid_until_ms - now_ms <= VALID_MS).then_some(known)
    }

    /// Keeps an entry unless something was forgotten since `epoch`: then it may be stale already.
    pub(super) fn insert(&self, epoch: u64, key: Key, known: Arc<Known>) {
        if let Ok(mut entries) = self.entries.write()
            && self.epoch() == epoch
        {
            if entries.len() >= CAPACITY {
                entries.clear();
            }
            entries.insert(key, known);
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
