//! A worker that runs the jobs of a world's syncs.

use std::sync::Arc;
use std::time::Duration;

use keyferry_domain::App;
use keyferry_jobs::{Worker, WorkerConfig};

pub use keyferry_jobs::WorkerHandle;

/// Runs jobs from now on.
#[must_use]
pub fn work(app: &Arc<App>) -> WorkerHandle {
    let clock = Arc::clone(&app.clock);
    Worker::spawn(
        app.db.clone(),
        app.queue.clone(),
        keyferry_domain::secret_syncs::handlers(app),
        WorkerConfig { owner: "test".to_owned(), concurrency: 4, lease_ms: 30_000, poll: Duration::from_millis(20) },
        Arc::new(move || clock.now_ms()),
    )
}
