//! The `keyferry` program as its users meet it: started as a process, spoken to over HTTP, stopped by signals.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod backup;
mod browser;
mod canaries;
mod cli;
mod clients;
mod crash;
mod database_away;
mod demo;
mod disk_full;
mod faults;
mod harness;
mod kill_points;
mod metrics;
mod model;
mod openapi;
mod replicas;
mod start;
mod stop;
mod storm;
mod webhooks;
