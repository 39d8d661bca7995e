//! What a secret's key may be (core API contract 10.2).

use crate::error::{Error, Result};

/// Longest key in bytes, so that it fits into an index entry of every backend.
const MAX_KEY_BYTES: usize = 1024;

/// Checks the key of a secret to be written.
///
/// # Errors
/// [`Error::BadRequest`] with the contract's text.
pub(super) fn check(key: &str) -> Result<()> {
    if key.is_empty() {
        return Err(Error::bad_request("Secret name cannot be empty."));
    }
    if key.contains([':', '/']) {
        return Err(Error::bad_request("Secret name cannot contain colon or forward slash."));
    }
    if key.contains('\0') {
        return Err(Error::bad_request("Secret name cannot contain a NUL character."));
    }
    if key.len() > MAX_KEY_BYTES {
        return Err(Error::bad_request(format!("Secret name cannot be longer than {MAX_KEY_BYTES} bytes.")));
    }
    Ok(())
}
