//! Fingerprints: keyed hashes that answer "did the value change" without the value.

use crate::KeyError;
use crate::encoding::push_field;
use crate::key_bytes::KeyBytes;
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use std::fmt;
use std::hash::{Hash, Hasher};
use subtle::ConstantTimeEq;

const LEN: usize = 32;

/// A random key of 32 bytes under which values are fingerprinted. It is not rotated with the data
/// key, so that fingerprints stay comparable after re-encryption.
pub struct FingerprintKey {
    bytes: KeyBytes,
    hmac: hmac::Key,
}

impl FingerprintKey {
    /// A new random key.
    #[must_use]
    pub fn generate() -> Self {
        Self::new(KeyBytes::generate())
    }

    /// The key with these bytes, as unwrapped by the root key.
    ///
    /// # Errors
    /// If there are not exactly 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        Ok(Self::new(KeyBytes::from_slice(bytes)?))
    }

    fn new(bytes: KeyBytes) -> Self {
        let hmac = hmac::Key::new(HMAC_SHA256, bytes.expose());
        Self { bytes, hmac }
    }

    /// The raw key, only for wrapping it under the root key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.expose()
    }

    /// The fingerprint of `value`. Equal values in different domains have unrelated fingerprints.
    #[must_use]
    pub fn fingerprint(&self, domain: &str, value: &[u8]) -> Fingerprint {
        Fingerprint(keyed_hash(&self.hmac, domain, value))
    }
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey")
    }
}

/// HMAC-SHA256 over the length-prefixed domain, then the value, without copying the value.
pub(crate) fn keyed_hash(key: &hmac::Key, domain: &str, value: &[u8]) -> [u8; LEN] {
    let mut prefix = Vec::with_capacity(size_of::<u64>() + domain.len());
    push_field(&mut prefix, domain.as_bytes());
    let mut context = hmac::Context::with_key(key);
    context.update(&prefix);
    context.update(value);
    let mut out = [0; LEN];
    out.copy_from_slice(context.sign().as_ref());
    out
}

/// A keyed hash of a value (32 bytes). Compared in constant time.
#[derive(Clone, Copy)]
pub struct Fingerprint([u8; LEN]);

impl Fingerprint {
    /// The bytes, for storage.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; LEN] {
        &self.0
    }

    /// The bytes as a vector, for a database column.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        self.0.to_vec()
    }

    /// A fingerprint read back from storage.
    ///
    /// # Errors
    /// If there are not exactly 32 bytes.
    pub fn try_from_slice(bytes: &[u8]) -> Result<Self, KeyError> {
        let length = KeyError::Length { bytes: bytes.len(), needed: LEN };
        bytes.try_into().map(Self).map_err(|_| length)
    }
}

impl PartialEq for Fingerprint {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Fingerprint {}

impl Hash for Fingerprint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({}…)", hex::encode(&self.0[..4]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn key() -> FingerprintKey {
        FingerprintKey::from_bytes(&[9; 32]).unwrap()
    }

    #[test]
    fn golden_vector_pins_the_hash() {
        assert_eq!(
            hex::encode(key().fingerprint("secret-value", b"hunter2").as_bytes()),
            "ac74991a3b4677f17dc91ea49603f4533ca83ca64f350ecc7c2ba7e51e8b463b"
        );
    }

    #[test]
    fn key_domain_and_value_all_matter() {
        let prints: HashSet<Fingerprint> = [
            key().fingerprint("a", b"bc"),
            key().fingerprint("ab", b"c"),
            key().fingerprint("", b"abc"),
            key().fingerprint("a", b"bd"),
            key().fingerprint("a", b""),
            FingerprintKey::generate().fingerprint("a", b"bc"),
            FingerprintKey::generate().fingerprint("a", b"bc"),
        ]
        .into();
        assert_eq!(prints.len(), 7);
    }

    #[test]
    fn storage_forms_round_trip() {
        let print = key().fingerprint("d", b"v");
        assert_eq!(Fingerprint::try_from_slice(&print.to_vec()).unwrap(), print);
        assert_eq!(Fingerprint::try_from_slice(&[0; 31]).unwrap_err(), KeyError::Length { bytes: 31, needed: 32 });
        let again = FingerprintKey::from_bytes(key().as_bytes()).unwrap();
        assert_eq!(again.fingerprint("d", b"v"), print);
        assert!(FingerprintKey::from_bytes(&[0; 33]).is_err());
    }

    #[test]
    fn debug_shows_a_prefix_at_most() {
        let print = key().fingerprint("secret-value", b"hunter2");
        assert_eq!(format!("{print:?}"), "Fingerprint(ac74991a…)");
        assert_eq!(format!("{:?}", key()), "FingerprintKey");
    }

    proptest! {
        #[test]
        fn equal_exactly_when_the_values_are(a: Vec<u8>, b: Vec<u8>) {
            let key = key();
            prop_assert_eq!(key.fingerprint("d", &a), key.fingerprint("d", &a));
            prop_assert_eq!(key.fingerprint("d", &a) == key.fingerprint("d", &b), a == b);
        }
    }
}
