//! The REST API, wire-compatible with Infisical's: one folder a resource, one file a verb. See README.md for how to add a route.

pub mod additional_privileges;
pub mod admin;
pub mod app_connections;
pub mod audit_logs;
pub mod auth;
pub mod dynamic_secrets;
pub mod endpoint;
pub mod environments;
pub mod folders;
pub mod groups;
pub mod identities;
pub mod kms;
pub mod memberships;
pub mod openapi;
pub mod organizations;
pub mod pit;
pub mod project_events;
pub mod project_roles;
pub mod projects;
pub mod router;
pub mod secret_imports;
pub mod secret_snapshots;
pub mod secret_syncs;
pub mod secrets;
pub mod service_tokens;
pub mod status;
pub mod tags;
pub mod token_auth;
pub mod universal_auth;
pub mod webhooks;
pub mod wire;

/// The routes of an installation.
pub type Registry = keyferry_http::Registry<keyferry_http::AppState>;
