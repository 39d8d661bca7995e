//! Key material on the heap, wiped when dropped.

use crate::{KeyError, random};
use secrecy::{ExposeSecret, SecretBox};

/// Length of every symmetric key.
pub(crate) const KEY_LEN: usize = 32;

/// 32 bytes of key material, filled in place so that no copy stays on the stack.
pub(crate) struct KeyBytes(SecretBox<[u8; KEY_LEN]>);

impl KeyBytes {
    pub(crate) fn generate() -> Self {
        Self(SecretBox::init_with_mut(|bytes: &mut [u8; KEY_LEN]| random::fill(bytes)))
    }

    pub(crate) fn from_slice(slice: &[u8]) -> Result<Self, KeyError> {
        if slice.len() != KEY_LEN {
            return Err(KeyError::Length { bytes: slice.len(), needed: KEY_LEN });
        }
        Ok(Self(SecretBox::init_with_mut(|bytes: &mut [u8; KEY_LEN]| {
            bytes.copy_from_slice(slice);
        })))
    }

    pub(crate) fn expose(&self) -> &[u8; KEY_LEN] {
        self.0.expose_secret()
    }
}
