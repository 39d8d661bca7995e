//! The simulated routes; every other path and method answers 404 in the API's shape.

pub(crate) mod accounts;
pub(crate) mod group_body;
pub(crate) mod groups;
pub(crate) mod query;
pub(crate) mod variables;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use crate::error::ApiError;
use crate::handle::SimHandle;
use crate::pipeline;

/// What a route answers.
pub(crate) type Answer = Result<Response, ApiError>;

/// The API without the control routes.
pub(crate) fn router(sim: SimHandle) -> Router {
    Router::new()
        .route("/v1/accounts", get(accounts::list))
        .route("/v1/accounts/me", get(accounts::me))
        .route("/v1/accounts/{account_id}", get(accounts::find))
        .route("/v1/variables", get(variables::list).post(variables::create))
        .route("/v1/variables/{key}", get(variables::find).put(variables::update).delete(variables::delete))
        .route("/v1/check-groups", get(groups::list).post(groups::create_v1))
        .route("/v1/check-groups/{id}", get(groups::find).put(groups::update_v1).delete(groups::delete))
        .route("/v2/check-groups", post(groups::create_v2))
        .route("/v2/check-groups/{id}", put(groups::update_v2))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(from_fn_with_state(sim.clone(), pipeline::run))
        // The pipeline reads the body and answers 413 itself.
        .layer(DefaultBodyLimit::disable())
        .with_state(sim)
}

async fn unknown() -> Response {
    ApiError::not_found().into_response()
}

/// The JSON object of a write; anything else is a 400.
pub(crate) fn object(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    let json = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(';').next().unwrap_or("").trim() == "application/json");
    if !json {
        return Err(ApiError::bad_request("Content-Type must be application/json"));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(ApiError::bad_request("Request payload must be an object")),
        Err(_) => Err(ApiError::bad_request("Invalid request payload JSON format")),
    }
}

/// An optional boolean member, false when absent.
pub(crate) fn flag(object: &Map<String, Value>, member: &str) -> Result<bool, ApiError> {
    match object.get(member) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(ApiError::bad_request(format!("\"{member}\" must be a boolean"))),
    }
}

/// A required string member.
pub(crate) fn text(object: &Map<String, Value>, member: &str) -> Result<String, ApiError> {
    match object.get(member) {
        None => Err(ApiError::bad_request(format!("\"{member}\" is required"))),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(ApiError::bad_request(format!("\"{member}\" must be a string"))),
    }
}

/// A required string member that is not empty.
pub(crate) fn filled(object: &Map<String, Value>, member: &str) -> Result<String, ApiError> {
    let text = text(object, member)?;
    if text.is_empty() {
        return Err(ApiError::bad_request(format!("\"{member}\" is not allowed to be empty")));
    }
    Ok(text)
}
