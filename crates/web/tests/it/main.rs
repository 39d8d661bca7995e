//! Whole pages, by requests without JavaScript, against a world per test.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod access;
mod app_connections;
mod browser;
mod first_run;
mod frame;
mod notices;
mod organization;
mod second_factor;
mod secret_syncs;
mod secrets;
mod sign_in;
mod webhooks;
