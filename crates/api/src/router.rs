//! All resources of the API.

use axum::Router;
use keyferry_http::AppState;

use crate::{
    Registry, app_connections, environments, folders, openapi, projects, secret_imports, secret_syncs, secrets, status,
    tags,
};

/// Every route of the API, for the router, the description and the tests that walk them.
#[must_use]
pub fn registry() -> Registry {
    let mut registry = Registry::new();
    app_connections::routes(&mut registry);
    environments::routes(&mut registry);
    folders::routes(&mut registry);
    projects::routes(&mut registry);
    secret_imports::routes(&mut registry);
    secret_syncs::routes(&mut registry);
    secrets::routes(&mut registry);
    status::routes(&mut registry);
    tags::routes(&mut registry);
    openapi::add(&mut registry);
    registry
}

/// The API's router, with its state.
pub fn router(state: AppState) -> Router {
    registry().into_router().with_state(state)
}
