//! What the journeys share: the program, a server in a process of its own, a client of its API, a simulated Checkly.

mod checkly;
mod client;
mod journey;
mod program;
mod proxy;
mod server;

pub use checkly::Checkly;
pub use client::Client;
pub use journey::Journey;
pub use program::{Ended, command, run_to_end, run_to_end_within};
pub use proxy::{Passage, Proxy, host_of};
pub use server::{Installation, Server};
