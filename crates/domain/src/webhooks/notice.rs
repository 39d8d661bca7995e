//! What a webhook is told, as it was when it happened. Names and messages, never a secret value.

use keyferry_db::entities::{environments, projects};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::event::Event;
use crate::caller::Caller;

/// What happened, kept in the job until it is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Notice {
    pub(super) event: Event,
    pub(super) project_id: Uuid,
    pub(super) project_name: String,
    pub(super) environment: String,
    pub(super) environment_name: String,
    /// None when the folder is gone.
    pub(super) secret_path: Option<String>,
    pub(super) changed_by: Option<String>,
    pub(super) changed_by_actor_type: Option<String>,
    pub(super) sync: Option<SyncNotice>,
    pub(super) occurred_at_ms: i64,
}

/// The part about a sync, as it goes over the wire.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SyncNotice {
    /// Its id.
    pub(crate) id: Uuid,
    /// Its name.
    pub(crate) name: String,
    /// Where it goes.
    pub(crate) destination: String,
    /// `sync-secrets` or `remove-secrets`.
    pub(crate) operation: String,
    /// The run's status.
    pub(crate) status: String,
    /// Why it failed, as `lastSyncMessage` says it with whose failure it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// The run.
    pub(crate) run_id: Uuid,
    /// Deletions that wait for a yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pending_approval: Option<PendingApproval>,
}

/// Deletions that wait for a yes, and the plan that lists them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PendingApproval {
    /// How many.
    pub(crate) count: i32,
    /// The plan.
    pub(crate) plan_id: Option<Uuid>,
}

impl Notice {
    pub(super) fn new(event: Event, project: &projects::Model, environment: &environments::Model, now_ms: i64) -> Self {
        Self {
            event,
            project_id: project.id,
            project_name: project.name.clone(),
            environment: environment.slug.clone(),
            environment_name: environment.name.clone(),
            secret_path: None,
            changed_by: None,
            changed_by_actor_type: None,
            sync: None,
            occurred_at_ms: now_ms,
        }
    }

    pub(super) fn at(mut self, secret_path: Option<&str>) -> Self {
        self.secret_path = secret_path.map(str::to_owned);
        self
    }

    pub(super) fn by(mut self, caller: &Caller) -> Self {
        self.changed_by = caller.actor.name().map(str::to_owned);
        self.changed_by_actor_type = Some(caller.actor.kind().to_owned());
        self
    }
}
