//! The rules of Keyferry, one folder a resource; no HTTP types, no queries.
//!
//! One shape throughout: a function takes the [`App`], the [`Caller`] and a plain input, opens one transaction, checks the
//! permission, applies the rule, writes the audit row, enqueues jobs and commits. API, pages, CLI verbs and jobs call the same
//! functions.

pub mod access;
pub mod additional_privileges;
pub mod app;
pub mod app_connections;
pub mod audit;
pub mod authentication;
pub mod backups;
pub mod caller;
pub mod clock;
pub mod diagnostics;
pub mod dynamic_secrets;
pub mod environments;
pub mod error;
pub mod folders;
pub mod groups;
pub mod identities;
pub mod installation;
pub mod keys;
pub mod kms;
pub mod memberships;
pub mod organizations;
pub mod paths;
pub mod project_events;
pub mod project_roles;
pub mod projects;
pub mod rate_budget;
pub mod second_factor;
pub mod secret_imports;
pub mod secret_syncs;
pub mod secrets;
pub mod service_tokens;
pub mod sessions;
pub mod steps;
pub mod tags;
pub mod token_auth;
pub mod universal_auth;
pub mod users;
pub mod webhooks;

pub use keyferry_env_file as env_file;

pub use app::{App, Settings, SyncLeases};
pub use caller::{Actor, Caller, Look, Origin};
pub use clock::{Clock, Ids, SystemClock, SystemIds};
pub use error::{Error, Result};
