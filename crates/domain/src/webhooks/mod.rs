//! Webhooks: addresses of users that are told about events of an environment (core API contract, section 13.2).
//!
//! An event is raised in the transaction of its cause, as one durable job for each webhook that listens; the call is made
//! afterwards, again and again with growing pauses until the receiver takes it. No call carries a secret value.

mod create;
mod delete;
mod deliver;
mod event;
mod get;
mod message;
mod notice;
mod raise;
mod test_call;
mod update;
mod view;

pub use create::{CreateWebhook, create};
pub use delete::delete;
pub use deliver::handlers;
pub use event::{Event, Kind};
pub use get::{get, list};
pub(crate) use notice::{PendingApproval, SyncNotice};
pub(crate) use raise::{any_listens, secrets_modified, sync_changed};
pub use test_call::test;
pub use update::{UpdateWebhook, update};
pub use view::Webhook;

/// The permission subject.
const SUBJECT: &str = "webhooks";
/// Webhooks a project may have.
const MAX_PER_PROJECT: u64 = 100;
