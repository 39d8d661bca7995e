//! Folder paths, canonicalised once before any permission is checked.

use crate::error::{Error, Result};

/// Longest path accepted, in bytes.
const MAX_PATH_BYTES: usize = 4096;
/// Deepest folder accepted.
const MAX_DEPTH: usize = 64;

/// A canonical folder path: `/`, or `/a/b` without a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretPath(String);

impl SecretPath {
    /// The root folder.
    #[must_use]
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// Canonicalises a path as clients send it: a missing leading slash is added, trailing slashes go (core API contract 1.2).
    ///
    /// # Errors
    /// [`Error::BadRequest`] for empty or dot segments, control characters, and paths too long or too deep.
    pub fn parse(input: &str) -> Result<Self> {
        let trimmed = input.trim();
        if trimmed.len() > MAX_PATH_BYTES {
            return Err(Error::bad_request(format!("Secret path is longer than {MAX_PATH_BYTES} bytes")));
        }
        let inner = trimmed.trim_start_matches('/').trim_end_matches('/');
        if inner.is_empty() {
            return Ok(Self::root());
        }
        let mut depth = 0;
        for segment in inner.split('/') {
            depth += 1;
            if segment.is_empty() || segment == "." || segment == ".." {
                return Err(Error::bad_request("Secret path must not contain empty, \".\" or \"..\" segments"));
            }
            if segment.chars().any(char::is_control) {
                return Err(Error::bad_request("Secret path must not contain control characters"));
            }
        }
        if depth > MAX_DEPTH {
            return Err(Error::bad_request(format!("Secret path is deeper than {MAX_DEPTH} folders")));
        }
        Ok(Self(format!("/{inner}")))
    }

    /// From folder names, root first; the names come from the database.
    #[must_use]
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut path = String::new();
        for name in names {
            path.push('/');
            path.push_str(name);
        }
        if path.is_empty() { Self::root() } else { Self(path) }
    }

    /// The folder names, root first; none for the root.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|s| !s.is_empty())
    }

    /// A child folder's path.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        if self.is_root() { Self(format!("/{name}")) } else { Self(format!("{}/{name}", self.0)) }
    }

    /// Whether this is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0 == "/"
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for SecretPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn slashes_at_the_ends_do_not_matter() {
        for input in ["/a/b", "a/b", "/a/b/", "  /a/b// "] {
            assert_eq!(SecretPath::parse(input).unwrap().as_str(), "/a/b");
        }
        for input in ["", "/", "//", " "] {
            assert!(SecretPath::parse(input).unwrap().is_root());
        }
    }

    #[test]
    fn tricks_are_refused() {
        for input in ["/a/../b", "/a//b", "/./a", "/a\0b", &"/a".repeat(70), &"x".repeat(5000)] {
            assert!(matches!(SecretPath::parse(input), Err(Error::BadRequest { .. })), "{input:?}");
        }
    }
}
