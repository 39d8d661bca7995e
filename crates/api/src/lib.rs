//! The REST API, wire-compatible with Infisical's: one folder a resource, one file a verb. See README.md for how to add a route.

pub mod app_connections;
pub mod endpoint;
pub mod openapi;
pub mod router;
pub mod secret_syncs;
pub mod secrets;
pub mod status;
pub mod wire;

/// The routes of an installation.
pub type Registry = keyferry_http::Registry<keyferry_http::AppState>;
