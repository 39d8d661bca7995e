//! Faults of Checkly, of people and of the clock, until nothing is lost. A whole server runs in this process, on each database,
//! against the simulator; one check follows every scenario (`promise.rs`).

mod outages;
mod promise;
mod scene;
mod stage;

pub use promise::Fate;
pub use scene::Place;
pub use stage::{Setup, on_stage};
