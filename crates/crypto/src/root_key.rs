//! The root key: the one secret that is kept outside the database.

use crate::cipher::{Cipher, NONCE_LEN, TAG_LEN};
use crate::encoding::push_field;
use crate::key_bytes::{KEY_LEN, KeyBytes};
use crate::{KeyError, OpenError};
use aws_lc_rs::aead::{AES_256_GCM, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Okm, Prk, Salt};
use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use secrecy::SecretString;
use std::fmt;
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const FINGERPRINT_LEN: usize = 8;
const HEADER_LEN: usize = 1 + FINGERPRINT_LEN;

const HKDF_SALT: &[u8] = b"keyferry/root-key/v1";
const WRAP_INFO: &[u8] = b"wrap";
const FINGERPRINT_INFO: &[u8] = b"fingerprint";

const BASE64_ANY_PADDING: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The root key (32 bytes). It wraps data keys and other key material; it never seals values.
pub struct RootKey {
    bytes: KeyBytes,
    wrapping: Cipher,
    fingerprint: [u8; FINGERPRINT_LEN],
}

impl RootKey {
    /// Reads a key from base64 (either alphabet, padding optional) or hex (either case).
    /// Surrounding blanks are ignored.
    ///
    /// # Errors
    /// Says what is wrong with the text, and never repeats any of it.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "+/-_=".contains(c);
        if let Some(index) = text.chars().position(|c| !allowed(c)) {
            return Err(KeyError::Character { position: index + 1 });
        }
        let decoded = if text.len() == 2 * KEY_LEN && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            Zeroizing::new(hex::decode(text).map_err(|_| KeyError::Encoding)?)
        } else {
            let standard = Zeroizing::new(text.replace('-', "+").replace('_', "/"));
            Zeroizing::new(BASE64_ANY_PADDING.decode(standard.as_str()).map_err(|_| KeyError::Encoding)?)
        };
        Ok(Self::new(KeyBytes::from_slice(&decoded)?))
    }

    /// A new random key.
    #[must_use]
    pub fn generate() -> Self {
        Self::new(KeyBytes::generate())
    }

    fn new(bytes: KeyBytes) -> Self {
        let prk = Salt::new(HKDF_SHA256, HKDF_SALT).extract(bytes.expose());
        let mut fingerprint = [0; FINGERPRINT_LEN];
        let filled = expand(&prk, &[FINGERPRINT_INFO], Length(FINGERPRINT_LEN)).fill(&mut fingerprint);
        assert!(filled.is_ok(), "HKDF filled no fingerprint");
        let wrapping = UnboundKey::from(expand(&prk, &[WRAP_INFO], &AES_256_GCM));
        Self { bytes, wrapping: Cipher::from_unbound(wrapping), fingerprint }
    }

    /// The key as base64, the form `parse` reads and key files hold.
    #[must_use]
    pub fn to_base64(&self) -> SecretString {
        SecretString::from(STANDARD.encode(self.bytes.expose()))
    }

    /// Names the key without revealing it: 16 hex digits derived one-way. Safe to print and store.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex::encode(self.fingerprint)
    }

    /// Seals key material for storage. `label` says what is wrapped (such as `data-key:<uuid>`)
    /// and must be given again to unwrap.
    #[must_use]
    pub fn wrap(&self, label: &str, plaintext: &[u8]) -> Vec<u8> {
        let mut header = [VERSION; HEADER_LEN];
        header[1..].copy_from_slice(&self.fingerprint);
        self.wrapping.seal(&header, &additional_data(&header, label), plaintext)
    }

    /// Opens what `wrap` sealed under the same root key and label.
    ///
    /// # Errors
    /// `WrongKey` names the fingerprint of the root key that is needed; `Integrity` covers any
    /// alteration and a different label.
    pub fn unwrap(&self, label: &str, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (header, body) = split_header(wrapped)?;
        if header[1..] != self.fingerprint {
            return Err(OpenError::WrongKey { needed: hex::encode(&header[1..]) });
        }
        self.wrapping.open(&additional_data(header, label), body)
    }

    /// The fingerprint of the root key that wrapped this, without opening it.
    ///
    /// # Errors
    /// If the bytes are cut off or of an unknown version.
    pub fn fingerprint_of(wrapped: &[u8]) -> Result<String, OpenError> {
        let (header, _) = split_header(wrapped)?;
        Ok(hex::encode(&header[1..]))
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootKey({})", self.fingerprint())
    }
}

fn split_header(wrapped: &[u8]) -> Result<(&[u8; HEADER_LEN], &[u8]), OpenError> {
    let version = *wrapped.first().ok_or(OpenError::Truncated)?;
    if version != VERSION {
        return Err(OpenError::UnknownVersion(version));
    }
    let (header, body) = wrapped.split_first_chunk().ok_or(OpenError::Truncated)?;
    if body.len() < NONCE_LEN + TAG_LEN {
        return Err(OpenError::Truncated);
    }
    Ok((header, body))
}

fn additional_data(header: &[u8; HEADER_LEN], label: &str) -> Vec<u8> {
    let mut aad = header.to_vec();
    push_field(&mut aad, label.as_bytes());
    aad
}

/// Output length for HKDF that is not an algorithm's own.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<'a, L: KeyType>(prk: &'a Prk, info: &'a [&'a [u8]], length: L) -> Okm<'a, L> {
    match prk.expand(info, length) {
        Ok(okm) => okm,
        Err(_) => panic!("HKDF refused an output of at most 32 bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    const LABEL: &str = "data-key:00112233-4455-6677-8899-aabbccddeeff";

    fn fixed() -> RootKey {
        let bytes: Vec<u8> = (0x40..0x60).collect();
        RootKey::parse(&hex::encode(bytes)).unwrap()
    }

    #[test]
    fn d5_parse_reads_every_spelling_of_one_key() {
        // Bytes that use both characters in which the base64 alphabets differ.
        let bytes = [0xfb; 32];
        let expected = RootKey::parse(&hex::encode(bytes)).unwrap().fingerprint();
        let spellings = [
            hex::encode_upper(bytes),
            STANDARD.encode(bytes),
            STANDARD_NO_PAD.encode(bytes),
            URL_SAFE.encode(bytes),
            URL_SAFE_NO_PAD.encode(bytes),
            format!("{}\n", STANDARD.encode(bytes)),
            format!(" \t{}\r\n\n", hex::encode(bytes)),
            format!("\u{feff}{}\n", STANDARD.encode(bytes)),
        ];
        for spelling in spellings {
            assert_eq!(RootKey::parse(&spelling).unwrap().fingerprint(), expected, "{spelling:?}");
        }
    }

    #[test]
    fn d5_parse_names_the_fault() {
        let fault = |text: &str| RootKey::parse(text).unwrap_err();
        assert_eq!(fault(""), KeyError::Empty);
        assert_eq!(fault(" \n"), KeyError::Empty);
        assert_eq!(fault("ab!d"), KeyError::Character { position: 3 });
        assert_eq!(fault("ab cd"), KeyError::Character { position: 3 });
        assert_eq!(fault("clé"), KeyError::Character { position: 3 });
        assert_eq!(fault(&STANDARD.encode([1; 31])), KeyError::Length { bytes: 31, needed: 32 });
        assert_eq!(fault(&STANDARD.encode([1; 33])), KeyError::Length { bytes: 33, needed: 32 });
        assert_eq!(fault("A"), KeyError::Encoding);
        assert_eq!(fault("AA=AAAAA"), KeyError::Encoding);
    }

    #[test]
    fn base64_text_parses_back_to_the_same_key() {
        let key = RootKey::generate();
        let again = RootKey::parse(key.to_base64().expose_secret()).unwrap();
        assert_eq!(again.bytes.expose(), key.bytes.expose());
        assert_ne!(RootKey::generate().fingerprint(), key.fingerprint());
    }

    #[test]
    fn golden_vectors_pin_the_format() {
        let key = fixed();
        assert_eq!(key.fingerprint(), "6524e4dfef284d8a");
        let wrapped = hex::decode(concat!(
            "016524e4dfef284d8aa0a1a2a3a4a5a6a7a8a9aaab",
            "0b2606544acda57c47fa771a3c12e427b32f73c687db3f3d8e936d56758e7ea5",
            "4488dfcd59d94a41456fd511d6d2905d"
        ))
        .unwrap();
        let expected: Vec<u8> = (0..32).collect();
        assert_eq!(*key.unwrap(LABEL, &wrapped).unwrap(), expected);
    }

    #[test]
    fn another_root_key_is_told_which_one_is_needed() {
        let (key, other) = (RootKey::generate(), RootKey::generate());
        let wrapped = key.wrap(LABEL, b"data key");
        let needed = key.fingerprint();
        assert_eq!(RootKey::fingerprint_of(&wrapped).unwrap(), needed);
        assert_eq!(other.unwrap(LABEL, &wrapped).unwrap_err(), OpenError::WrongKey { needed });
        // A forged header does not help: the key itself differs.
        let mut relabelled = wrapped;
        relabelled[1..HEADER_LEN].copy_from_slice(&other.fingerprint);
        assert_eq!(other.unwrap(LABEL, &relabelled).unwrap_err(), OpenError::Integrity);
    }

    #[test]
    fn a_label_is_bound() {
        let key = fixed();
        let wrapped = key.wrap("jwt-key", b"bytes");
        assert_eq!(key.unwrap("data-key:x", &wrapped).unwrap_err(), OpenError::Integrity);
    }

    #[test]
    fn damaged_headers_are_clean_errors() {
        let key = fixed();
        let wrapped = key.wrap(LABEL, b"");
        for length in 0..wrapped.len() {
            assert_eq!(key.unwrap(LABEL, &wrapped[..length]).unwrap_err(), OpenError::Truncated);
        }
        assert_eq!(key.unwrap(LABEL, &[9; 60]).unwrap_err(), OpenError::UnknownVersion(9));
    }

    #[test]
    fn debug_shows_the_fingerprint_only() {
        assert_eq!(format!("{:?}", fixed()), "RootKey(6524e4dfef284d8a)");
        assert!(!format!("{:?}", fixed().to_base64()).contains("QEFC"));
    }

    proptest! {
        #[test]
        fn wrap_round_trips(label: String, plaintext: Vec<u8>) {
            let key = fixed();
            let wrapped = key.wrap(&label, &plaintext);
            prop_assert_eq!(&*key.unwrap(&label, &wrapped).unwrap(), &plaintext);
        }

        #[test]
        fn d3_a_flipped_bit_never_opens(bit in 0..(HEADER_LEN + NONCE_LEN + 32 + TAG_LEN) * 8) {
            let key = fixed();
            let mut wrapped = key.wrap(LABEL, &[7; 32]);
            wrapped[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(key.unwrap(LABEL, &wrapped).is_err());
        }

        #[test]
        fn parse_never_panics(text: String) {
            if let Err(error) = RootKey::parse(&text) {
                prop_assert!(text.trim().len() < 8 || !error.to_string().contains(text.trim()));
            }
        }
    }
}
