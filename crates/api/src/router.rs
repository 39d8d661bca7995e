//! All resources of the API.

use axum::Router;
use keyferry_http::AppState;

use crate::{
    Registry, additional_privileges, admin, app_connections, audit_logs, auth, dynamic_secrets, environments, folders, groups,
    identities, kms, memberships, openapi, organizations, pit, project_events, project_roles, projects, secret_imports,
    secret_snapshots, secret_syncs, secrets, service_tokens, status, tags, token_auth, universal_auth, webhooks,
};

/// Every route of the API, for the router, the description and the tests that walk them.
#[must_use]
pub fn registry() -> Registry {
    let mut registry = Registry::new();
    additional_privileges::routes(&mut registry);
    admin::routes(&mut registry);
    app_connections::routes(&mut registry);
    audit_logs::routes(&mut registry);
    auth::routes(&mut registry);
    dynamic_secrets::routes(&mut registry);
    environments::routes(&mut registry);
    folders::routes(&mut registry);
    groups::routes(&mut registry);
    identities::routes(&mut registry);
    kms::routes(&mut registry);
    memberships::routes(&mut registry);
    organizations::routes(&mut registry);
    pit::routes(&mut registry);
    project_events::routes(&mut registry);
    project_roles::routes(&mut registry);
    projects::routes(&mut registry);
    secret_imports::routes(&mut registry);
    secret_snapshots::routes(&mut registry);
    secret_syncs::routes(&mut registry);
    secrets::routes(&mut registry);
    service_tokens::routes(&mut registry);
    status::routes(&mut registry);
    tags::routes(&mut registry);
    token_auth::routes(&mut registry);
    universal_auth::routes(&mut registry);
    webhooks::routes(&mut registry);
    openapi::add(&mut registry);
    registry
}

/// The API's router, with its state.
pub fn router(state: AppState) -> Router {
    registry().into_router().with_state(state)
}
