//! What tests share: a world with an installation, an organization and people in it, a clock they move, a Checkly simulator,
//! and a database of their own on each backend.

mod authenticator;
mod backend;
mod clock;
mod poll;
mod receiver;
mod worker;
mod world;

pub use authenticator::authenticator;
pub use backend::{TestBackend, backends, on_each_backend};
pub use clock::{FakeClock, SequentialIds};
pub use poll::eventually;
pub use receiver::{Received, Receiver};
pub use worker::{WorkerHandle, work};
pub use world::{World, WorldBuilder};

/// A marked random value; finding it anywhere but inside an envelope is a leak.
#[must_use]
pub fn canary(name: &str) -> String {
    format!("canary-{name}-{}", keyferry_crypto::random_alphanumeric(24))
}
