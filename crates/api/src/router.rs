//! All resources of the API.

use axum::Router;
use keyferry_http::AppState;

use crate::{Registry, openapi, status};

/// Every route of the API, for the router, the description and the tests that walk them.
#[must_use]
pub fn registry() -> Registry {
    let mut registry = Registry::new();
    status::routes(&mut registry);
    openapi::add(&mut registry);
    registry
}

/// The API's router, with its state.
pub fn router(state: AppState) -> Router {
    registry().into_router().with_state(state)
}
