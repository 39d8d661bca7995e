//! No connection takes every place of the worker: a run that waits for its key's rate budget holds one, and runs under another key
//! need not wait for that.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

/// Runs at a time under one connection in a process, three quarters of the worker's places.
const WIDTH: usize = 96;

/// Counts the runs at work in this process by connection; clones share the counts.
#[derive(Clone, Default)]
pub(super) struct Lanes(Arc<Mutex<HashMap<Uuid, usize>>>);

impl Lanes {
    /// A place under this connection, if one is free.
    pub(super) fn enter(&self, connection_id: Uuid) -> Option<Place> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = lanes.entry(connection_id).or_default();
        if *taken >= WIDTH {
            return None;
        }
        *taken += 1;
        Some(Place { lanes: self.clone(), connection_id })
    }
}

/// A place in a lane; dropping it frees it.
pub(super) struct Place {
    lanes: Lanes,
    connection_id: Uuid,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut lanes = self.lanes.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = lanes.get_mut(&self.connection_id) {
            *taken -= 1;
            if *taken == 0 {
                lanes.remove(&self.connection_id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Lanes, WIDTH};
    use uuid::Uuid;

    #[test]
    fn a_full_lane_leaves_others_alone_and_is_free_again() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let lanes = Lanes::default();
        let mut places: Vec<_> = (0..WIDTH).map(|_| lanes.enter(one)).collect();
        assert!(places.iter().all(Option::is_some));
        assert!(lanes.enter(one).is_none());
        assert!(lanes.enter(other).is_some());
        places.pop();
        assert!(lanes.enter(one).is_some());
    }
}
