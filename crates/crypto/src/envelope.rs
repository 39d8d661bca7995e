//! Envelopes: one sealed value, bound to the place it is stored at (`docs/envelope-format.md`).

use crate::cipher::{Cipher, NONCE_LEN, TAG_LEN};
use crate::encoding::push_field;
use crate::key_bytes::KeyBytes;
use crate::{KeyError, OpenError};
use secrecy::SecretString;
use std::fmt;
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

const VERSION: u8 = 1;
const KEY_ID_LEN: usize = 16;
const HEADER_LEN: usize = 1 + KEY_ID_LEN;

/// The key that seals the values of one project or organization. Its AES key schedule is expanded
/// once, so keep it rather than rebuild it for each value.
///
/// Nonces are random, so a key must be replaced long before 2^32 seals.
pub struct DataKey {
    id: Uuid,
    bytes: KeyBytes,
    cipher: Cipher,
}

impl DataKey {
    /// A new random key with the given id.
    #[must_use]
    pub fn generate(id: Uuid) -> Self {
        Self::new(id, KeyBytes::generate())
    }

    /// The key with these bytes, as unwrapped by the root key.
    ///
    /// # Errors
    /// If there are not exactly 32 bytes.
    pub fn from_bytes(id: Uuid, bytes: &[u8]) -> Result<Self, KeyError> {
        Ok(Self::new(id, KeyBytes::from_slice(bytes)?))
    }

    fn new(id: Uuid, bytes: KeyBytes) -> Self {
        let cipher = Cipher::new(bytes.expose());
        Self { id, bytes, cipher }
    }

    /// The key's id, which stands in clear in every envelope it seals.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The raw key, only for wrapping it under the root key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.expose()
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({})", self.id)
    }
}

/// Where a sealed value is stored. An envelope opens only with the context it was sealed with, so
/// that a ciphertext moved to another row, column, project or version does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context<'a> {
    /// Table name.
    pub table: &'a str,
    /// Column name.
    pub column: &'a str,
    /// Id of the row.
    pub row_id: Uuid,
    /// Id of the project or organization that owns the row.
    pub scope_id: Uuid,
    /// Version of the value; 1 where a table keeps no versions.
    pub version: u32,
}

impl Context<'_> {
    fn additional_data(&self, header: &[u8; HEADER_LEN]) -> Vec<u8> {
        let fields = 2 * size_of::<u64>() + 2 * size_of::<Uuid>() + size_of::<u32>();
        let mut aad = Vec::with_capacity(HEADER_LEN + fields + self.table.len() + self.column.len());
        aad.extend_from_slice(header);
        push_field(&mut aad, self.table.as_bytes());
        push_field(&mut aad, self.column.as_bytes());
        aad.extend_from_slice(self.row_id.as_bytes());
        aad.extend_from_slice(self.scope_id.as_bytes());
        aad.extend_from_slice(&self.version.to_be_bytes());
        aad
    }
}

/// Seals a value for the place `ctx` names. Sealing twice gives different bytes.
#[must_use]
pub fn seal(key: &DataKey, ctx: &Context<'_>, plaintext: &[u8]) -> Vec<u8> {
    let mut header = [VERSION; HEADER_LEN];
    header[1..].copy_from_slice(key.id.as_bytes());
    key.cipher.seal(&header, &ctx.additional_data(&header), plaintext)
}

/// Opens an envelope read from the place `ctx` names.
///
/// # Errors
/// `WrongKey` names the data key that is needed; `Integrity` covers any alteration and any other
/// context.
pub fn open(key: &DataKey, ctx: &Context<'_>, envelope: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (header, body) = split_header(envelope)?;
    let needed = header_key_id(header);
    if needed != key.id {
        return Err(OpenError::WrongKey { needed: needed.to_string() });
    }
    key.cipher.open(&ctx.additional_data(header), body)
}

/// Opens an envelope whose value is text.
///
/// # Errors
/// As [`open`], and `NotText` if the value is not UTF-8.
pub fn open_text(key: &DataKey, ctx: &Context<'_>, envelope: &[u8]) -> Result<SecretString, OpenError> {
    let mut plaintext = open(key, ctx, envelope)?;
    match String::from_utf8(std::mem::take(&mut *plaintext)) {
        Ok(text) => Ok(SecretString::from(text)),
        Err(error) => {
            error.into_bytes().zeroize();
            Err(OpenError::NotText)
        }
    }
}

/// The id of the data key that an envelope needs, without opening it.
///
/// # Errors
/// If the bytes are cut off or of an unknown version.
pub fn key_id(envelope: &[u8]) -> Result<Uuid, OpenError> {
    let (header, _) = split_header(envelope)?;
    Ok(header_key_id(header))
}

fn split_header(envelope: &[u8]) -> Result<(&[u8; HEADER_LEN], &[u8]), OpenError> {
    let version = *envelope.first().ok_or(OpenError::Truncated)?;
    if version != VERSION {
        return Err(OpenError::UnknownVersion(version));
    }
    let (header, body) = envelope.split_first_chunk().ok_or(OpenError::Truncated)?;
    if body.len() < NONCE_LEN + TAG_LEN {
        return Err(OpenError::Truncated);
    }
    Ok((header, body))
}

fn header_key_id(header: &[u8; HEADER_LEN]) -> Uuid {
    let mut id = [0; KEY_ID_LEN];
    id.copy_from_slice(&header[1..]);
    Uuid::from_bytes(id)
}

#[cfg(test)]
mod tests;
