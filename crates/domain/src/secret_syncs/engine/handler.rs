//! The engine as handlers of jobs.

use std::sync::Arc;

use async_trait::async_trait;
use keyferry_jobs::{Handler, Outcome, Running};
use uuid::Uuid;

use super::lanes::Lanes;
use super::run::{Next, run};
use crate::app::App;
use crate::error::Error;
use crate::secret_syncs::status::{KIND_REMOVE, KIND_SYNC};
use crate::steps::Step;

/// Pause before a job is tried again that could not even be begun or ended.
const TROUBLE_PAUSE_MS: i64 = 1_000;

/// The handlers of this resource's jobs.
#[must_use]
pub fn handlers(app: &Arc<App>) -> Vec<Arc<dyn Handler>> {
    let lanes = Lanes::default();
    vec![
        Arc::new(SyncHandler { app: Arc::clone(app), lanes: lanes.clone(), kind: KIND_SYNC }),
        Arc::new(SyncHandler { app: Arc::clone(app), lanes, kind: KIND_REMOVE }),
    ]
}

struct SyncHandler {
    app: Arc<App>,
    lanes: Lanes,
    kind: &'static str,
}

#[async_trait]
impl Handler for SyncHandler {
    fn kind(&self) -> &'static str {
        self.kind
    }

    async fn run(&self, job: &Running) -> Outcome {
        let Ok(sync_id) = Uuid::parse_str(&job.key) else { return Outcome::Fail { error_class: "key".to_owned() } };
        self.app.steps.reach(Step::JobClaimed);
        let ended = run(&self.app, &self.lanes, self.kind, sync_id, &job.lease).await;
        self.app.steps.reach(Step::JobEnding);
        match ended {
            Ok(Next::Done) => Outcome::Done,
            Ok(Next::Stopped) => Outcome::Stopped,
            Ok(Next::At(at_ms)) => Outcome::Retry { at_ms, error_class: "again".to_owned() },
            Err(error) => {
                let error_class = match &error {
                    Error::Unavailable { .. } => "unavailable",
                    _ => "internal",
                };
                tracing::warn!(%error, sync = %sync_id, kind = self.kind, "a sync job goes back to the queue");
                let at_ms = self.app.now_ms() + TROUBLE_PAUSE_MS;
                Outcome::Retry { at_ms, error_class: error_class.to_owned() }
            }
        }
    }
}
