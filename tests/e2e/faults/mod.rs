//! Faults of Checkly, of people and of the clock, until nothing is lost. A whole server runs in this process, on each database,
//! against the simulator; one check follows every scenario (`promise.rs`).

mod answers;
mod limits;
mod others;
mod outages;
mod promise;
mod refusals;
mod runs;
mod scene;
mod source;
mod stage;
mod time;

pub use promise::Fate;
pub use scene::{GROUP, Place, Scene};
pub use stage::{Setup, Stage, on_stage};
