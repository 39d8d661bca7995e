//! Environments of a project.

use uuid::Uuid;

use crate::error::Error;

/// 404 for an unknown slug (core API contract 9); `name` is the envelope's `error` field.
#[must_use]
pub fn environment_missing(name: &str, slug: &str, project_id: Uuid) -> Error {
    Error::not_found_named(name, format!("Environment with slug '{slug}' in project with ID '{project_id}' not found"))
}
