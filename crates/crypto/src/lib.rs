//! Cryptography of Keyferry: the key hierarchy, envelopes around stored values, fingerprints,
//! password and token hashing, and access-token signing.
//!
//! Root key → data keys (wrapped by the root key) → envelopes (one per stored value). Keys, nonces
//! and tokens always come from the system's generator; nothing here reads a clock or a database.
//! The bytes on disk are described in `docs/envelope-format.md`.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests fail by panicking"))]

mod cipher;
mod encoding;
mod envelope;
mod error;
mod fingerprint;
mod jwt;
mod key_bytes;
mod managed_key;
mod password;
mod random;
mod root_key;
mod sealed_stream;
mod token;
mod totp;

pub use envelope::{Context, DataKey, key_id, open, open_text, seal};
pub use error::{KeyError, OpenError};
pub use fingerprint::{Fingerprint, FingerprintKey};
pub use jwt::{JwtKey, TokenError};
pub use managed_key::{Hash, ManagedAlgorithm, ManagedKey, ManagedKeyError, Padding, SigningScheme, verify_signature};
pub use password::{PasswordCost, PasswordError, PasswordHasher};
pub use root_key::RootKey;
pub use sealed_stream::{SealedReader, SealedWriter, StreamCost, StreamError};
pub use token::{TokenHashKey, constant_time_eq, hmac_sha256_hex, random_alphanumeric, random_hex, random_text, sha256_hex};
pub use totp::TotpSecret;
