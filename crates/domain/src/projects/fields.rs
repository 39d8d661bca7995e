//! What a project's fields may hold, for callers that do not come through the API.

use crate::error::{Error, Result};

/// Longest name, in characters.
pub const MAX_NAME: usize = 64;
/// Longest slug.
pub const MAX_SLUG: usize = 64;
/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 1024;
/// The one type of project that Keyferry keeps.
pub(super) const SECRET_MANAGER: &str = "secret-manager";
/// Types of project that the contract knows.
pub const TYPES: &[&str] = &["secret-manager", "cert-manager", "kms", "ssh", "secret-scanning", "pam", "ai"];

pub(super) fn check_name(field: &str, name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(Error::invalid_field(&[field], "Project name must be at least 1 character"));
    }
    if name.chars().count() > MAX_NAME {
        return Err(Error::invalid_field(&[field], format!("Project name must be at most {MAX_NAME} characters")));
    }
    Ok(())
}

pub(super) fn check_description(field: &str, description: Option<&str>) -> Result<()> {
    if description.is_some_and(|text| text.chars().count() > MAX_DESCRIPTION) {
        let message = format!("Project description must be at most {MAX_DESCRIPTION} characters");
        return Err(Error::invalid_field(&[field], message));
    }
    Ok(())
}

pub(super) fn check_slug(slug: &str) -> Result<()> {
    if slug.len() > MAX_SLUG || !super::is_valid_slug(slug) {
        let message = format!(
            "Project slug can only contain lowercase letters and numbers, with optional single hyphens (-) or underscores (_) \
             between words, at most {MAX_SLUG} characters"
        );
        return Err(Error::invalid_field(&["slug"], message));
    }
    Ok(())
}
