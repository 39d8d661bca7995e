//! The tables, one file each. Times are milliseconds since the Unix epoch (`_ms`), JSON is stored as text.

#![expect(missing_docs, reason = "columns carry the names of the public contract; each table has its sentence")]

pub mod app_connections;
pub mod audit_logs;
mod base64_bytes;
pub mod data_keys;
pub mod environments;
pub mod folders;
pub mod identities;
pub mod identity_access_tokens;
pub mod identity_metadata;
pub mod identity_token_auths;
pub mod identity_universal_auths;
pub mod jobs;
pub mod kms_keys;
pub mod leases;
pub mod login_lockouts;
pub mod org_memberships;
pub mod org_roles;
pub mod organizations;
pub mod project_membership_roles;
pub mod project_memberships;
pub mod project_roles;
pub mod projects;
pub mod rate_grants;
pub mod rate_pauses;
pub mod secret_changes;
pub mod secret_imports;
pub mod secret_metadata;
pub mod secret_references;
pub mod secret_syncs;
pub mod secret_tags;
pub mod secret_versions;
pub mod secrets;
pub mod server_settings;
pub mod service_tokens;
pub mod sessions;
pub mod sync_ledger;
pub mod sync_plans;
pub mod sync_run_items;
pub mod sync_runs;
pub mod tags;
pub mod universal_auth_client_secrets;
pub mod user_recovery_codes;
pub mod user_totps;
pub mod users;
pub mod webhooks;
