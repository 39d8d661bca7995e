//! Secret syncs: rules, plans, runs.

pub mod destination;
pub mod model;
pub mod status;
pub mod trigger;

pub use destination::{DestinationConfig, destination_id};
pub use model::SyncOptions;
pub use trigger::{Approval, ApprovedKeys, Trigger, enqueue_removal, enqueue_sync};
