//! The `keyferry` program as its users meet it: started as a process, spoken to over HTTP, stopped by signals.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod backup;
mod browser;
mod canaries;
mod crash;
mod demo;
mod harness;
mod start;
mod stop;
mod storm;
