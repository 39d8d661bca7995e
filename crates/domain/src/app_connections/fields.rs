//! Rules of the fields that people type (contract "connections and syncs", sections 1.4 and 2.4).

use serde_json::json;

use crate::error::{Error, Issue, Result};

/// Longest name of a connection, in characters.
pub(super) const MAX_NAME: usize = 64;
/// Longest API key, in characters.
const MAX_API_KEY: usize = 255;
/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 256;

/// The slug rule under the field name `name`.
pub(crate) fn check_name(name: &str, max: usize) -> Result<()> {
    let message = if name.is_empty() {
        "name field must be at least 1 lowercase character".to_owned()
    } else if name.chars().count() > max {
        format!("name field must be at most {max} lowercase characters")
    } else if !is_slug(name) {
        "name field can only contain lowercase letters, numbers, and hyphens".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::invalid_field(&["name"], message))
}

/// Lower-case letters and digits in words parted by single hyphens.
fn is_slug(text: &str) -> bool {
    text.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

/// The length of a description.
pub(crate) fn check_description(description: Option<&str>) -> Result<()> {
    if description.is_some_and(|text| text.encode_utf16().count() > MAX_DESCRIPTION) {
        return Err(Error::Invalid(vec![Issue {
            body: json!({
                "code": "too_big", "maximum": MAX_DESCRIPTION, "type": "string", "inclusive": true, "exact": false,
                "message": "Description cannot exceed 256 characters", "path": ["description"],
            }),
        }]));
    }
    Ok(())
}

/// The length of an API key.
pub(super) fn check_api_key(key: &str) -> Result<()> {
    let issue = if key.is_empty() {
        json!({
            "code": "too_small", "minimum": 1, "type": "string", "inclusive": true, "exact": false,
            "message": "API Key required", "path": ["credentials", "apiKey"],
        })
    } else if key.encode_utf16().count() > MAX_API_KEY {
        json!({
            "code": "too_big", "maximum": MAX_API_KEY, "type": "string", "inclusive": true, "exact": false,
            "message": "String must contain at most 255 character(s)", "path": ["credentials", "apiKey"],
        })
    } else {
        return Ok(());
    };
    Err(Error::Invalid(vec![Issue { body: issue }]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_slug_rule() {
        for name in ["a", "checkly-eu", "checkly-2", &"a".repeat(64)] {
            assert!(check_name(name, MAX_NAME).is_ok(), "{name}");
        }
        for name in ["", "Checkly", "checkly_eu", "-a", "a-", "a--b", "a b", "é", &"a".repeat(65)] {
            assert!(check_name(name, MAX_NAME).is_err(), "{name}");
        }
    }
}
