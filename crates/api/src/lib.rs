//! The REST API, wire-compatible with Infisical's: one folder a resource, one file a verb. See README.md for how to add a route.

pub mod app_connections;
pub mod endpoint;
pub mod environments;
pub mod folders;
pub mod openapi;
pub mod projects;
pub mod router;
pub mod secret_imports;
pub mod secret_syncs;
pub mod secrets;
pub mod status;
pub mod tags;
pub mod wire;

/// The routes of an installation.
pub type Registry = keyferry_http::Registry<keyferry_http::AppState>;
