//! Tests of the rules with a database, on SQLite always and on PostgreSQL when the test command provides one.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod additional_privileges;
mod app_connections;
mod backups;
mod groups_and_tokens;
mod installation;
mod members;
mod project_resources;
mod rate_budget;
mod second_factor;
mod secret_syncs;
mod secrets;
mod sign_in;
mod universal_auth;
mod webhooks;
