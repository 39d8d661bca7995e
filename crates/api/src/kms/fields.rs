//! Fields that several routes read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keyferry_domain::{Error, Result};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::wire::{Codec, Decode, Fields, slug, text};

/// The part of a path that names a key.
pub(super) struct KeyPath(String);

impl Decode for KeyPath {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("keyId", text().trim()).map(Self)
    }
}

impl KeyPath {
    /// The id. Whatever is no UUID is the id of no key.
    pub(super) fn id(&self) -> Result<Uuid> {
        Uuid::parse_str(&self.0).map_err(|_not_a_uuid| Error::not_found(format!("Key with ID '{}' not found", self.0)))
    }
}

/// Bytes in base64; `what` names them in the issue.
pub(super) fn base64(what: &'static str) -> impl Codec<Out = Zeroizing<Vec<u8>>> {
    text().try_map(move |given: String| {
        let given = Zeroizing::new(given);
        STANDARD.decode(given.trim()).map(Zeroizing::new).map_err(|_quotes_it| format!("{what} must be base64 encoded"))
    })
}

/// A key's name.
pub(super) fn name() -> impl Codec<Out = String> {
    slug(1, 32).field("Name")
}

/// A key's description.
pub(super) fn description() -> impl Codec<Out = String> {
    text().trim().max(500)
}

/// Base64 text of bytes.
pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
