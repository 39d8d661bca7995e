//! Random tokens and their keyed hashes. Tokens have high entropy, so a fast hash is enough.

use crate::KeyError;
use crate::fingerprint::keyed_hash;
use crate::key_bytes::KeyBytes;
use crate::random;
use aws_lc_rs::{digest, hmac};
use secrecy::SecretString;
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token of `bytes` random bytes, as twice as many lower-case hex digits.
#[must_use]
pub fn random_hex(bytes: usize) -> SecretString {
    let mut raw = Zeroizing::new(vec![0; bytes]);
    random::fill(&mut raw);
    SecretString::from(hex::encode(&*raw))
}

/// A random secret of `len` characters of an ASCII alphabet of at most 256, each equally likely. Without an alphabet it is empty.
#[must_use]
pub fn random_text(alphabet: &[u8], len: usize) -> SecretString {
    let mut text = Zeroizing::new(String::with_capacity(len));
    // Bytes of the last, incomplete round of the alphabet are dropped, so that none is likelier.
    let rounds = 256_usize.checked_div(alphabet.len()).unwrap_or_default() * alphabet.len();
    while rounds > 0 && text.len() < len {
        let mut raw = Zeroizing::new([0; 64]);
        random::fill(&mut *raw);
        let usable = raw.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < rounds);
        let letters = usable.filter_map(|byte| alphabet.get(byte % alphabet.len())).map(|&letter| char::from(letter));
        let missing = len - text.len();
        text.extend(letters.take(missing));
    }
    SecretString::from(text.as_str())
}

/// A random name of `len` ASCII letters and digits, for request ids and suffixes: not a secret.
#[must_use]
pub fn random_alphanumeric(len: usize) -> String {
    let mut name = String::with_capacity(len);
    while name.len() < len {
        let missing = len - name.len();
        // 62 values out of 6 bits: what falls outside is dropped, so that none is likelier.
        let letters = random::array::<32>()
            .into_iter()
            .filter_map(|byte| ALPHANUMERIC.get(usize::from(byte & 63)))
            .map(|&letter| char::from(letter));
        name.extend(letters.take(missing));
    }
    name
}

/// The random key of 32 bytes under which tokens and client secrets are hashed.
pub struct TokenHashKey {
    bytes: KeyBytes,
    hmac: hmac::Key,
}

impl TokenHashKey {
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
        let hmac = hmac::Key::new(hmac::HMAC_SHA256, bytes.expose());
        Self { bytes, hmac }
    }

    /// The raw key, only for wrapping it under the root key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.expose()
    }

    /// The hash to store for a token. A token hashed for one purpose does not match another.
    #[must_use]
    pub fn hash(&self, purpose: &str, token: &str) -> [u8; 32] {
        keyed_hash(&self.hmac, purpose, token.as_bytes())
    }

    /// Whether `stored` is the hash of `token` for this purpose, in constant time.
    #[must_use]
    pub fn verify(&self, purpose: &str, token: &str, stored: &[u8]) -> bool {
        constant_time_eq(&self.hash(purpose, token), stored)
    }
}

impl fmt::Debug for TokenHashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHashKey")
    }
}

/// SHA-256 as 64 lower-case hex digits.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

/// HMAC-SHA256 under a key of any length, as 64 lower-case hex digits: for signatures that others verify.
#[must_use]
pub fn hmac_sha256_hex(key: &[u8], message: &[u8]) -> String {
    hex::encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message))
}

/// Whether two byte strings are equal, in a time that depends on their lengths only.
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use std::collections::HashSet;

    #[test]
    fn random_hex_has_the_asked_length_and_repeats_never() {
        for bytes in [0, 1, 16, 48] {
            let token = random_hex(bytes);
            assert_eq!(hex::decode(token.expose_secret()).unwrap().len(), bytes);
        }
        let seen: HashSet<String> = (0..1_000).map(|_| random_hex(16).expose_secret().to_owned()).collect();
        assert_eq!(seen.len(), 1_000);
    }

    #[test]
    fn random_text_uses_the_whole_alphabet_evenly() {
        assert_eq!(random_text(b"", 10).expose_secret(), "");
        for len in [0, 1, 63, 64, 65, 200] {
            assert_eq!(random_text(b"abc", len).expose_secret().len(), len);
        }
        let text = random_text(b"0123456789", 100_000);
        for digit in "0123456789".chars() {
            let share = text.expose_secret().chars().filter(|own| *own == digit).count();
            // More than ten standard deviations around a tenth.
            assert!((9_000..11_000).contains(&share), "{digit}: {share}");
        }
    }

    #[test]
    fn random_alphanumeric_uses_the_whole_alphabet_and_nothing_else() {
        for len in [0, 1, 31, 32, 33] {
            assert_eq!(random_alphanumeric(len).len(), len);
        }
        let seen: HashSet<u8> = random_alphanumeric(10_000).bytes().collect();
        assert_eq!(seen, ALPHANUMERIC.iter().copied().collect());
    }

    #[test]
    fn golden_vector_pins_the_token_hash() {
        let key = TokenHashKey::from_bytes(&[5; 32]).unwrap();
        assert_eq!(hex::encode(key.hash("session", "abc")), "15d6d84e7260293a7e7c7f2eab124fdc7b50d09c52fff17c7d94d8c1f5fcca02");
    }

    #[test]
    fn verify_accepts_only_its_own_hash() {
        let key = TokenHashKey::generate();
        let stored = key.hash("session", "token");
        assert!(key.verify("session", "token", &stored));
        assert!(!key.verify("session", "Token", &stored));
        assert!(!key.verify("client-secret", "token", &stored));
        assert!(!key.verify("session", "token", &stored[..31]));
        assert!(!key.verify("session", "token", &[]));
        assert!(!TokenHashKey::generate().verify("session", "token", &stored));
        let again = TokenHashKey::from_bytes(key.as_bytes()).unwrap();
        assert!(again.verify("session", "token", &stored));
        assert!(TokenHashKey::from_bytes(&[0; 31]).is_err());
    }

    #[test]
    fn sha256_matches_the_published_vector() {
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn hmac_matches_the_published_vector() {
        // RFC 4231, test case 2.
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hmac_sha256_hex(b"Jefe", b"what do ya want for nothing?"), expected);
    }

    #[test]
    fn constant_time_eq_compares_content_and_length() {
        assert!(constant_time_eq(b"same", b"same"));
        assert!(!constant_time_eq(b"same", b"sane"));
        assert!(!constant_time_eq(b"same", b"sam"));
        assert!(constant_time_eq(b"", b""));
    }

    #[test]
    fn debug_shows_nothing_secret() {
        assert_eq!(format!("{:?}", TokenHashKey::generate()), "TokenHashKey");
        let token = random_hex(16);
        assert!(!format!("{token:?}").contains(token.expose_secret()));
    }
}
