//! The engine: reads the present state, decides, converges, records.
//!
//! A job carries a sync's id and nothing else. Its run takes two leases, on the sync and on the destination, reads the source in
//! one snapshot and the destination to the last page, lets the pure plan decide, makes the calls, and records each confirmed
//! write before it counts. Whatever stops it half way, the next run goes on from what is recorded.

mod announce;
mod attempt;
mod calls;
mod decide;
mod finish;
mod group;
mod handler;
mod lanes;
mod lease;
mod measure;
mod message;
mod others;
mod recorder;
mod recover;
mod remove;
mod retry;
mod run;
mod source;
mod subject;

pub use handler::handlers;
pub use recover::recover;

pub(super) use decide::{Decided, PlanWarning, decide};
pub(super) use others::Others;
pub(super) use subject::{Prepared, Subject, prepare};
