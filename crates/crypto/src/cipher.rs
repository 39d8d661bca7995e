//! AES-256-GCM with a random nonce, behind a header: the part that envelopes and wrapped keys share.

use crate::{OpenError, random};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

/// Length of the nonce in bytes (96 bits).
pub(crate) const NONCE_LEN: usize = 12;
/// Length of the authentication tag in bytes.
pub(crate) const TAG_LEN: usize = 16;

/// An expanded AES-256-GCM key, cheap to use many times.
pub(crate) struct Cipher(LessSafeKey);

impl Cipher {
    pub(crate) fn from_unbound(key: UnboundKey) -> Self {
        Self(LessSafeKey::new(key))
    }

    pub(crate) fn new(key: &[u8; 32]) -> Self {
        match UnboundKey::new(&AES_256_GCM, key) {
            Ok(key) => Self::from_unbound(key),
            Err(_) => panic!("AES-256-GCM refused a key of 32 bytes"),
        }
    }

    /// `header`, then the nonce, the ciphertext and the tag.
    ///
    /// # Panics
    /// If the plaintext is longer than AES-GCM allows (64 GiB).
    pub(crate) fn seal(&self, header: &[u8], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = random::array();
        let body = header.len() + NONCE_LEN;
        let mut out = vec![0; body + plaintext.len() + TAG_LEN];
        out[..header.len()].copy_from_slice(header);
        out[header.len()..body].copy_from_slice(&nonce);
        let (ciphertext, tag) = out[body..].split_at_mut(plaintext.len());
        // Written straight into the result, so that no second copy of the plaintext is made.
        let sealed = self.0.seal_out_of_place_scatter(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(aad),
            plaintext,
            ciphertext,
            &[],
            tag,
        );
        assert!(sealed.is_ok(), "AES-256-GCM refused to seal");
        out
    }

    /// Opens what follows the header in a sealed message: nonce, ciphertext, tag.
    pub(crate) fn open(&self, aad: &[u8], body: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (nonce, sealed) = body.split_first_chunk::<NONCE_LEN>().ok_or(OpenError::Truncated)?;
        let (ciphertext, tag) = sealed.split_last_chunk::<TAG_LEN>().ok_or(OpenError::Truncated)?;
        let mut plaintext = Zeroizing::new(vec![0; ciphertext.len()]);
        self.0
            .open_separate_gather(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), ciphertext, tag, &mut plaintext)
            .map_err(|_| OpenError::Integrity)?;
        Ok(plaintext)
    }
}
