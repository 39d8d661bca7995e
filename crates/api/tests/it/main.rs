//! The API through its router, each test in a world of its own.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod callers;
mod issues;
mod openapi;
mod requests;
mod status;
mod support;
mod walk;
