//! Durable background jobs on the application's own database.
//!
//! A job is enqueued in the transaction that makes it necessary and runs after that commits: at least once, never two runs of
//! one kind and key at a time, and once more if it was enqueued during a run. A [`Worker`] claims jobs under a lease that it
//! renews; a run that lost its lease can no longer write its result, because every write carries the fence of its claim.

mod handler;
mod queue;
mod run;
mod worker;

pub use handler::{Handler, LeaseWatch, Outcome, Running};
pub use queue::{Enqueue, Queue};
pub use worker::{Clock, Worker, WorkerConfig, WorkerHandle};
