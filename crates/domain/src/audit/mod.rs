//! The audit log: one row for each thing done or refused, in the transaction of its effect.
//!
//! Writes record inside their own transaction. Reads change nothing, so their rows are gathered in memory and written in
//! batches; while the log cannot be written, or too much waits, reads are refused instead of passing unrecorded.

mod denials;
mod looks;
mod query;
mod sink;

use keyferry_db::WriteTx;
use keyferry_db::entities::audit_logs;
use serde_json::Value;
use uuid::Uuid;

pub use denials::record_denial;
/// Which rows to read.
pub use keyferry_db::audit_logs::Filter;
/// A row of the log.
pub use keyferry_db::entities::audit_logs::Model as Row;
pub use looks::record_look;
pub use query::{Entry, Query, query};
pub use sink::Sink;

use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;

/// Something that happened, as the audit log tells it. Never put a secret value or credential into `metadata`.
#[derive(Clone, Debug)]
pub struct Event {
    /// Event type of core API contract 13.1, such as `create-secret`.
    pub kind: &'static str,
    /// Organization; `None` only before one exists.
    pub org_id: Option<Uuid>,
    /// Project, where there is one.
    pub project_id: Option<Uuid>,
    /// The event's metadata.
    pub metadata: Value,
}

impl Event {
    /// An event of the caller's organization.
    #[must_use]
    pub fn org(caller: &Caller, kind: &'static str, metadata: Value) -> Self {
        Self { kind, org_id: caller.org_id, project_id: None, metadata }
    }

    /// An event in a project.
    #[must_use]
    pub fn project(caller: &Caller, project_id: Uuid, kind: &'static str, metadata: Value) -> Self {
        Self { kind, org_id: caller.org_id, project_id: Some(project_id), metadata }
    }
}

/// Records an effect in its own transaction.
///
/// # Errors
/// When the row cannot be written; then the effect must not be committed either.
pub async fn record(app: &App, tx: &WriteTx, caller: &Caller, event: Event) -> Result<()> {
    keyferry_db::insert(tx, row(app, caller, event, "success")).await?;
    Ok(())
}

/// Records something read. Answers at once; the row is written with the next batch.
///
/// # Errors
/// [`crate::Error::Unavailable`] while the log cannot be written or too much waits.
pub fn record_read(app: &App, caller: &Caller, event: Event) -> Result<()> {
    app.audit.push(row(app, caller, event, "success"))
}

/// Records a refused try, such as a failed sign-in or a denied action.
///
/// # Errors
/// [`crate::Error::Unavailable`] while the log cannot be written or too much waits.
pub fn record_refusal(app: &App, caller: &Caller, event: Event) -> Result<()> {
    app.audit.push(row(app, caller, event, "refused"))
}

fn row(app: &App, caller: &Caller, event: Event, outcome: &str) -> audit_logs::Model {
    let now_ms = app.now_ms();
    let user_agent = caller.origin.user_agent.clone();
    audit_logs::Model {
        id: app.ids.v7(now_ms),
        org_id: event.org_id,
        project_id: event.project_id,
        event_type: event.kind.to_owned(),
        event_metadata: event.metadata.to_string(),
        actor_type: caller.actor.kind().to_owned(),
        actor_id: caller.actor.id(),
        actor_metadata: caller.actor.metadata().to_string(),
        ip: caller.origin.ip.map(|ip| ip.to_string()),
        user_agent_type: user_agent_type(user_agent.as_deref()).to_owned(),
        user_agent,
        request_id: Some(caller.origin.request_id.clone()).filter(|id| !id.is_empty()),
        outcome: outcome.to_owned(),
        chain_sequence: None,
        chain_hash: None,
        created_at_ms: now_ms,
    }
}

/// Core API contract 13.1.
fn user_agent_type(user_agent: Option<&str>) -> &'static str {
    let Some(agent) = user_agent else { return "other" };
    match agent {
        "cli" => "cli",
        "k8-operator" => "k8-operator",
        "terraform" => "terraform",
        _ if agent.to_ascii_lowercase().contains("mozilla") => "web",
        _ if agent.contains("InfisicalNodeSDK") => "InfisicalNodeSDK",
        _ if agent.contains("InfisicalPythonSDK") => "InfisicalPythonSDK",
        _ => "other",
    }
}
