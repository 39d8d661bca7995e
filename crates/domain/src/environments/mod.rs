//! Environments of a project (core API contract 8.4).

mod create;
mod delete;
mod get;
mod update;

pub use create::{CreateEnvironment, create, insert_with_root};
pub use delete::delete;
pub use get::{get, get_anywhere, get_by_slug};
pub use update::{UpdateEnvironment, update};

pub use keyferry_db::entities::environments::Model as Environment;
use uuid::Uuid;

use crate::access::Facts;
use crate::error::{Error, Result};

/// The permission subject.
const SUBJECT: &str = "environments";
/// Longest slug.
pub const MAX_SLUG: usize = 64;

/// 404 for an unknown slug (core API contract 9); `name` is the envelope's `error` field.
#[must_use]
pub fn environment_missing(name: &str, slug: &str, project_id: Uuid) -> Error {
    Error::not_found_named(name, format!("Environment with slug '{slug}' in project with ID '{project_id}' not found"))
}

fn not_found(id: Uuid, project_id: Uuid) -> Error {
    Error::not_found(format!("Environment with id '{id}' in project with ID '{project_id}' not found"))
}

fn facts(slug: &str) -> Facts<'_> {
    Facts { environment: Some(slug), ..Facts::default() }
}

fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(Error::invalid_field(&["name"], "String must contain at least 1 character(s)"));
    }
    Ok(())
}

fn check_slug(slug: &str) -> Result<()> {
    if slug.is_empty() {
        return Err(Error::invalid_field(&["slug"], "Slug field must be at least 1 lowercase character(s)"));
    }
    if slug.len() > MAX_SLUG {
        return Err(Error::invalid_field(&["slug"], format!("Slug field must be at most {MAX_SLUG} lowercase character(s)")));
    }
    if crate::projects::slugify(slug) != slug {
        return Err(Error::invalid_field(&["slug"], "Slug field can only contain lowercase letters, numbers, and hyphens"));
    }
    Ok(())
}
