//! What sets a run in motion: a request, or a change of secrets.

use keyferry_db::WriteTx;
use keyferry_db::entities::{secret_syncs, sync_runs};
use keyferry_jobs::Enqueue;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::status::{self, FAILED, KIND_REMOVE, KIND_SYNC, PENDING, RUNNING};
use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::error::{Error, Result};

mod fan_out;

pub use fan_out::folders_changed;

/// Why a run is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The sync was created.
    Create,
    /// The sync was changed.
    Update,
    /// Somebody asked for it.
    Manual,
    /// Somebody asked for it, every value to be written again.
    Force,
    /// Somebody applied a plan.
    Apply,
    /// A secret changed.
    Change,
    /// A cause that may have passed by itself.
    Retry,
}

impl Trigger {
    /// The word that is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Manual => "manual",
            Self::Force => "force",
            Self::Apply => "apply",
            Self::Change => "change",
            Self::Retry => "retry",
        }
    }

    /// The trigger of a stored word; unknown ones count as a change.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "create" => Self::Create,
            "update" => Self::Update,
            "manual" => Self::Manual,
            "force" => Self::Force,
            "apply" => Self::Apply,
            "retry" => Self::Retry,
            _ => Self::Change,
        }
    }

    /// Whether a person waits for it; such a trigger gives a waiting run its name and a fresh set of attempts.
    #[must_use]
    pub fn is_asked_for(self) -> bool {
        !matches!(self, Self::Change | Self::Retry)
    }

    fn weight(self) -> u8 {
        match self {
            Self::Retry => 0,
            Self::Change => 1,
            Self::Update => 2,
            Self::Create => 3,
            Self::Manual => 4,
            Self::Apply => 5,
            Self::Force => 6,
        }
    }

    fn job_priority(self) -> i32 {
        match self {
            Self::Change => 10,
            Self::Retry => 20,
            _ => 0,
        }
    }
}

/// Leave to do what waits for a yes, used up by the run that carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Only if the run's plan has this digest; none when that was checked before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// For which keys.
    pub keys: ApprovedKeys,
}

/// The keys of an [`Approval`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovedKeys {
    /// All that wait.
    All,
    /// These destination keys.
    Only(Vec<String>),
}

impl Approval {
    /// Leave for these destination keys.
    #[must_use]
    pub fn keys(keys: Vec<String>) -> Self {
        Self { digest: None, keys: ApprovedKeys::Only(keys) }
    }

    /// Reads a stored approval.
    #[must_use]
    pub fn parse(stored: &str) -> Option<Self> {
        serde_json::from_str(stored).ok()
    }

    /// As it is stored.
    ///
    /// # Errors
    /// [`Error::Internal`] never in practice.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::internal)
    }

    /// Both leaves at once. Two leaves that hang on different plans do not mix: the later one counts.
    fn merged(self, other: Self) -> Self {
        match (self, other) {
            (Self { digest: None, keys: ApprovedKeys::Only(mut old) }, Self { digest: None, keys: ApprovedKeys::Only(new) }) => {
                old.extend(new);
                old.sort();
                old.dedup();
                Self::keys(old)
            }
            (_, later) => later,
        }
    }
}

/// Enqueues a run of a sync in the transaction of its cause and answers the run's id. A run that waits, or pauses between
/// attempts, takes the new cause in; beside one at work a second one waits. A paused sync runs again if a person asks for it.
/// Sets the stored `sync_status` to `pending` unless a run goes on: read the sync again to show it. After the commit the caller wakes the queue: `app.queue.wake()`.
///
/// # Errors
/// [`Error::NotFound`] when the sync is gone; else when rows cannot be written.
pub async fn enqueue_sync(
    app: &App,
    tx: &WriteTx,
    sync: &secret_syncs::Model,
    trigger: Trigger,
    caller: &Caller,
    approval: Option<Approval>,
) -> Result<Uuid> {
    let now_ms = app.now_ms();
    let mut row = locked(tx, sync.id).await?;
    if trigger.is_asked_for() {
        keyferry_db::secret_syncs::resume(tx, sync.id).await?;
    }
    let busy = status::is_busy(tx, sync.id, now_ms).await?;
    let open = keyferry_db::sync_runs::open(tx, sync.id, KIND_SYNC).await?;
    let joined = open.into_iter().find(|run| run.status == PENDING || (run.status == RUNNING && !busy));

    let run_id = match joined {
        Some(mut run) => {
            if trigger.weight() > Trigger::parse(&run.trigger).weight() {
                trigger.as_str().clone_into(&mut run.trigger);
                set_actor(&mut run, trigger, caller);
            }
            if trigger.is_asked_for() {
                run.attempt = 0;
            }
            if trigger != Trigger::Retry {
                run.next_retry_at_ms = None;
            }
            if let Some(approval) = approval {
                let merged = match run.approved.as_deref().and_then(Approval::parse) {
                    Some(known) => known.merged(approval),
                    None => approval,
                };
                run.approved = Some(merged.to_json()?);
            }
            let (id, waits) = (run.id, run.status == PENDING);
            keyferry_db::update(tx, run).await?;
            // A run that pauses between attempts stays "running"; one that waits for a late retry is due now.
            if waits && !(busy && row.sync_status.as_deref() == Some(RUNNING)) && trigger != Trigger::Retry {
                row.sync_status = Some(PENDING.to_owned());
                row.next_retry_at_ms = None;
            }
            id
        }
        None => {
            let mut run = new_run(app, sync, KIND_SYNC, trigger, caller, now_ms);
            run.approved = approval.map(|approval| approval.to_json()).transpose()?;
            let id = run.id;
            keyferry_db::insert(tx, run).await?;
            let keeps = (busy && row.sync_status.as_deref() == Some(RUNNING))
                || (trigger == Trigger::Retry && row.sync_status.as_deref() == Some(FAILED));
            if !keeps {
                row.sync_status = Some(PENDING.to_owned());
            }
            id
        }
    };
    row.updated_at_ms = now_ms;
    keyferry_db::secret_syncs::save_state(tx, &row).await?;
    app.queue.enqueue(tx, job(app, sync.id, KIND_SYNC, trigger.job_priority(), now_ms), now_ms).await?;
    Ok(run_id)
}

/// Enqueues the removal of everything a sync wrote, and of the sync itself after success if asked, and answers the run's id.
/// The sync is no longer paused then.
/// Sets the stored `remove_status` to `pending`: read the sync again to show it. After the commit the caller wakes the queue.
///
/// # Errors
/// [`Error::NotFound`] when the sync is gone; else when rows cannot be written.
pub async fn enqueue_removal(
    app: &App,
    tx: &WriteTx,
    sync: &secret_syncs::Model,
    delete_on_success: bool,
    caller: &Caller,
) -> Result<Uuid> {
    let now_ms = app.now_ms();
    let mut row = locked(tx, sync.id).await?;
    keyferry_db::secret_syncs::resume(tx, sync.id).await?;
    let busy = status::is_busy(tx, sync.id, now_ms).await?;
    let open = keyferry_db::sync_runs::open(tx, sync.id, KIND_REMOVE).await?;
    let run_id = match open.into_iter().find(|run| run.status == PENDING || !busy) {
        Some(mut run) => {
            run.delete_sync_on_success |= delete_on_success;
            set_actor(&mut run, Trigger::Manual, caller);
            let id = run.id;
            keyferry_db::update(tx, run).await?;
            id
        }
        None => {
            let mut run = new_run(app, sync, KIND_REMOVE, Trigger::Manual, caller, now_ms);
            run.delete_sync_on_success = delete_on_success;
            let id = run.id;
            keyferry_db::insert(tx, run).await?;
            id
        }
    };
    row.remove_status = Some(PENDING.to_owned());
    row.updated_at_ms = now_ms;
    keyferry_db::secret_syncs::save_state(tx, &row).await?;
    app.queue.enqueue(tx, job(app, sync.id, KIND_REMOVE, 0, now_ms), now_ms).await?;
    Ok(run_id)
}

/// The job behind the runs of a sync; due at `run_at_ms`.
pub(super) fn job(app: &App, sync_id: Uuid, kind: &'static str, priority: i32, run_at_ms: i64) -> Enqueue {
    Enqueue {
        id: app.ids.v7(app.now_ms()),
        kind,
        key: sync_id.to_string(),
        payload: json!({"syncId": sync_id}),
        priority,
        run_at_ms,
        // How often a run is tried is the engine's decision.
        max_attempts: 0,
    }
}

async fn locked(tx: &WriteTx, sync_id: Uuid) -> Result<secret_syncs::Model> {
    keyferry_db::secret_syncs::lock(tx, sync_id)
        .await?
        .ok_or_else(|| Error::not_found(format!("Could not find Checkly Sync with ID \"{sync_id}\"")))
}

pub(super) fn new_run(
    app: &App,
    sync: &secret_syncs::Model,
    kind: &str,
    trigger: Trigger,
    caller: &Caller,
    now_ms: i64,
) -> sync_runs::Model {
    let mut run = sync_runs::Model {
        id: app.ids.v7(now_ms),
        sync_id: sync.id,
        project_id: sync.project_id,
        kind: kind.to_owned(),
        trigger: trigger.as_str().to_owned(),
        status: PENDING.to_owned(),
        attempt: 0,
        plan_id: None,
        approved: None,
        counts: "{}".to_owned(),
        calls: 0,
        waited_ms: 0,
        message: None,
        delete_sync_on_success: false,
        fence: 0,
        actor_type: String::new(),
        actor_id: None,
        actor_metadata: String::new(),
        started_at_ms: None,
        ended_at_ms: None,
        next_retry_at_ms: None,
        created_at_ms: now_ms,
    };
    set_actor(&mut run, trigger, caller);
    run
}

/// Only what somebody asked for carries a name (contract "connections and syncs", section 7.2).
fn set_actor(run: &mut sync_runs::Model, trigger: Trigger, caller: &Caller) {
    let platform = Actor::Platform;
    let actor = match trigger {
        Trigger::Manual | Trigger::Force | Trigger::Apply => &caller.actor,
        Trigger::Create | Trigger::Update | Trigger::Change | Trigger::Retry => &platform,
    };
    actor.kind().clone_into(&mut run.actor_type);
    run.actor_id = actor.id();
    run.actor_metadata = actor.metadata().to_string();
}
