//! Errors about keys and about sealed data. None of them carries key material or plaintext.

use thiserror::Error;

/// Why some text or bytes are not a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Nothing but blanks was given.
    #[error("the key is empty")]
    Empty,
    /// A character outside both alphabets; `position` counts characters from 1, after the
    /// surrounding blanks are gone.
    #[error("the key is neither base64 nor hex: character {position} belongs to neither")]
    Character {
        /// Where the character stands, counted from 1.
        position: usize,
    },
    /// Every character is allowed, but the text does not decode.
    #[error("the key is not complete base64 or hex text; it may be cut off or mistyped")]
    Encoding,
    /// The key decodes to another length than the 32 bytes needed.
    #[error("the key has {bytes} bytes where {needed} are needed")]
    Length {
        /// How many bytes were given.
        bytes: usize,
        /// How many bytes are needed.
        needed: usize,
    },
}

/// Why sealed data does not open.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OpenError {
    /// Fewer bytes than the shortest possible sealed message.
    #[error("the sealed data is cut off")]
    Truncated,
    /// The format version is none this release reads.
    #[error("the sealed data has format version {0}, which this release does not read")]
    UnknownVersion(u8),
    /// The data was sealed under another key.
    #[error("the sealed data needs key {needed}, another key was given")]
    WrongKey {
        /// The data key's id, or the root key's fingerprint, that the data names.
        needed: String,
    },
    /// The data was altered, or belongs to another place than the one it was read from.
    #[error("the sealed data was altered or belongs elsewhere")]
    Integrity,
    /// The data opened, but is not UTF-8 text.
    #[error("the opened data is not text")]
    NotText,
}
