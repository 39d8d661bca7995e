//! The layers around every request, over small routers.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod envelope;
mod layers;
mod logs;
mod support;
mod tags;
