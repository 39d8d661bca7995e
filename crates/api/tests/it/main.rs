//! The API through its router, each test in a world of its own.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod additional_privileges;
mod app_connections;
mod arrange;
mod bounds;
mod callers;
mod clients;
mod contract;
mod denials;
mod groups;
mod guard;
mod issues;
mod kms;
mod openapi;
mod pit;
mod project_events;
mod project_resources;
mod requests;
mod secret_syncs;
mod secrets;
mod service_tokens;
mod sign_in_walk;
mod status;
mod support;
mod value_rights;
mod walk;
mod webhooks;
