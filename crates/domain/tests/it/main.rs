//! Tests of the rules with a database, on SQLite always and on PostgreSQL when the test command provides one.

mod app_connections;
mod rate_budget;
mod secret_syncs;
