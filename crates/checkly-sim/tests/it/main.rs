//! The simulator against the Checkly API contract, row by row, and its faults.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod access;
mod accounts;
mod control;
mod errors;
mod faults;
mod groups;
mod seed;
mod sockets;
mod variables;
mod world;
