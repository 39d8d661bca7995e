//! Secret syncs: rules, plans, runs.

mod actions;
mod check_destination;
mod create;
mod delete;
pub mod destination;
pub mod engine;
mod get;
pub mod grants;
mod input;
pub mod ledger;
mod list;
pub mod model;
mod options;
mod overlaps;
pub mod plans;
mod preview;
mod progress;
mod rights;
pub mod runs;
pub mod status;
pub mod trigger;
mod update;
mod view;

pub use actions::{force_sync_secrets, import_secrets, remove_secrets, sync_secrets};
pub use check_destination::check_destination;
pub use create::{CreateSync, create};
pub use delete::delete;
pub use destination::{DestinationConfig, destination_id};
pub use engine::{handlers, recover};
pub use get::{get, get_by_name};
pub use input::{ApproveInput, InitialSyncBehavior, KEY_SCHEMA_MESSAGE, SyncOptionsInput, is_key_schema};
pub use keyferry_connectors::plan::{BreakerRule, EmptyValues, UnmanagedSecrets};
pub use list::{key_counts, list};
pub use model::SyncOptions;
pub use options::options;
pub use overlaps::{Overlap, overlaps};
pub use preview::{PreviewInput, SourcePreview, preview_source};
pub use progress::{Progress, Written, progress, unpushed, written};
pub use trigger::{Approval, ApprovedKeys, Trigger, enqueue_removal, enqueue_sync};
pub use update::{UpdateSync, update};
pub use view::{SyncView, view};

/// The permission subject.
pub(crate) const SUBJECT: &str = "secret-syncs";
