//! One writer per destination, and one run per sync: two leases, kept up while the run works, and what calls ask before they go.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use keyferry_connectors::{CallGuard, Failure};
use keyferry_db::WriteTx;
use keyferry_jobs::LeaseWatch;

use crate::app::App;
use crate::error::Result;

/// No call begins this close to the deadline.
const MARGIN_MS: i64 = 2_000;

/// The leases of a run.
pub(super) struct Held {
    owner: String,
    /// Name and fence, in the order in which they were taken.
    leases: Vec<(String, i64)>,
    until_ms: AtomicI64,
    lost: AtomicBool,
}

impl Held {
    /// Takes all leases or none; none while somebody else holds one of them: the caller then rolls back.
    pub(super) async fn acquire(app: &App, tx: &WriteTx, names: &[String]) -> Result<Option<Self>> {
        let now_ms = app.now_ms();
        let owner = app.ids.v4().to_string();
        let until_ms = now_ms + app.settings.sync_leases.length_ms;
        let mut leases = Vec::with_capacity(names.len());
        for name in names {
            match keyferry_db::leases::acquire(tx, name, &owner, now_ms, until_ms).await? {
                Some(fence) => leases.push((name.clone(), fence)),
                None => return Ok(None),
            }
        }
        Ok(Some(Self { owner, leases, until_ms: AtomicI64::new(until_ms), lost: AtomicBool::new(false) }))
    }

    /// Fence of the first lease, the sync's.
    pub(super) fn fence(&self) -> i64 {
        self.leases.first().map_or(0, |(_, fence)| *fence)
    }

    /// Renews the leases for as long as it is polled; never ends by itself.
    pub(super) async fn keep(&self, app: &App) -> std::convert::Infallible {
        loop {
            tokio::time::sleep(app.settings.sync_leases.renew_every).await;
            if self.lost.load(Ordering::Acquire) {
                continue;
            }
            match self.renew(app).await {
                Ok(true) => {}
                Ok(false) => self.lost.store(true, Ordering::Release),
                // The deadline stands; the next turn tries again.
                Err(error) => tracing::warn!(%error, "leases of a sync run were not renewed"),
            }
        }
    }

    async fn renew(&self, app: &App) -> Result<bool> {
        let tx = app.db.begin().await?;
        let until_ms = app.now_ms() + app.settings.sync_leases.length_ms;
        for (name, fence) in &self.leases {
            if !keyferry_db::leases::renew(&tx, name, &self.owner, *fence, until_ms).await? {
                return Ok(false);
            }
        }
        tx.commit().await?;
        self.until_ms.store(until_ms, Ordering::Release);
        Ok(true)
    }

    /// Whether the leases hold, and go on holding until the transaction ends.
    pub(super) async fn guard(&self, app: &App, tx: &WriteTx) -> Result<bool> {
        let now_ms = app.now_ms();
        for (name, fence) in &self.leases {
            if !keyferry_db::leases::guard(tx, name, &self.owner, *fence, now_ms).await? {
                self.lost.store(true, Ordering::Release);
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Gives the leases back.
    pub(super) async fn release(&self, tx: &WriteTx) -> Result<()> {
        for (name, fence) in &self.leases {
            keyferry_db::leases::release(tx, name, &self.owner, *fence).await?;
        }
        Ok(())
    }

    fn is_live(&self, now_ms: i64) -> bool {
        !self.lost.load(Ordering::Acquire) && now_ms < self.until_ms.load(Ordering::Acquire) - MARGIN_MS
    }
}

/// Why no further call of an attempt makes sense.
#[derive(Default)]
pub(super) struct Halt {
    is_set: AtomicBool,
    cause: Mutex<Option<Failure>>,
}

impl Halt {
    /// Sets it; the first cause counts.
    pub(super) fn set(&self, cause: Failure) {
        self.cause.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(cause);
        self.is_set.store(true, Ordering::Release);
    }

    /// Whether it is set.
    pub(super) fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Acquire)
    }

    /// Its cause.
    pub(super) fn cause(&self) -> Option<Failure> {
        self.cause.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Asked before every call of a run.
pub(super) struct Guard<'a> {
    /// For the time.
    pub(super) app: &'a App,
    /// The run's leases.
    pub(super) held: &'a Held,
    /// The job's own lease and stop.
    pub(super) job: &'a LeaseWatch,
    /// Set by calls that fail for all.
    pub(super) halt: &'a Halt,
}

impl Guard<'_> {
    /// Whether the run was told to stop, or is no longer the one to write.
    pub(super) fn is_over(&self) -> bool {
        let now_ms = self.app.now_ms();
        self.job.is_stopping() || !self.job.is_live(now_ms) || !self.held.is_live(now_ms)
    }
}

impl CallGuard for Guard<'_> {
    fn may_call(&self) -> bool {
        !self.halt.is_set() && !self.is_over()
    }
}
