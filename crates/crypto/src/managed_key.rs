//! Keys that Keyferry holds for others (a key management service): AES-GCM for encryption, RSA and ECDSA for signatures.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm as AeadAlgorithm, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::digest::{self, Digest, SHA256, SHA384, SHA512};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, EcdsaKeyPair,
    KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, UnparsedPublicKey, VerificationAlgorithm,
};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::OpenError;
use crate::cipher::{NONCE_LEN, TAG_LEN};
use crate::random;

/// What a key is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagedAlgorithm {
    /// Encryption with a key of 256 bits.
    Aes256Gcm,
    /// Encryption with a key of 128 bits.
    Aes128Gcm,
    /// Signatures by RSA with a modulus of 4096 bits.
    Rsa4096,
    /// Signatures by ECDSA on the curve P-256.
    EccNistP256,
}

/// How data is hashed and signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningScheme {
    /// The hash.
    pub hash: Hash,
    /// The padding of RSA, or none for ECDSA.
    pub padding: Option<Padding>,
}

/// A hash of a [`SigningScheme`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// A padding of RSA signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// PSS, with a salt as long as the hash.
    Pss,
    /// PKCS#1 version 1.5.
    Pkcs1,
}

/// Why a managed key does not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ManagedKeyError {
    /// The stored bytes are no key of that kind, or the library refused to work with it.
    #[error("the key cannot be used")]
    Unusable,
    /// The key is not made for this, or the scheme is not one of its kind.
    #[error("the key is not made for this operation")]
    Operation,
    /// What was given as a digest has another length than the hash.
    #[error("a digest of this hash has {needed} bytes")]
    DigestLength {
        /// Bytes of the hash.
        needed: usize,
    },
}

impl Hash {
    fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha256 => &SHA256,
            Self::Sha384 => &SHA384,
            Self::Sha512 => &SHA512,
        }
    }

    fn digest(self, data: &[u8], is_digest: bool) -> Result<Digest, ManagedKeyError> {
        if !is_digest {
            return Ok(digest::digest(self.algorithm(), data));
        }
        Digest::import_less_safe(data, self.algorithm())
            .map_err(|_| ManagedKeyError::DigestLength { needed: self.algorithm().output_len() })
    }
}

/// A key, unwrapped.
pub struct ManagedKey {
    algorithm: ManagedAlgorithm,
    /// The raw key, or PKCS#8 of a private key.
    material: Zeroizing<Vec<u8>>,
}

impl ManagedKey {
    /// A new random key. For RSA this takes seconds of work.
    ///
    /// # Errors
    /// [`ManagedKeyError::Unusable`] when the library fails.
    pub fn generate(algorithm: ManagedAlgorithm) -> Result<Self, ManagedKeyError> {
        let material = match algorithm {
            ManagedAlgorithm::Aes256Gcm | ManagedAlgorithm::Aes128Gcm => {
                let mut bytes = Zeroizing::new(vec![0; aead(algorithm)?.key_len()]);
                random::fill(&mut bytes);
                bytes
            }
            ManagedAlgorithm::Rsa4096 => {
                let key = RsaKeyPair::generate(KeySize::Rsa4096).map_err(|_| ManagedKeyError::Unusable)?;
                pkcs8(&key)?
            }
            ManagedAlgorithm::EccNistP256 => {
                let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map_err(|_| ManagedKeyError::Unusable)?;
                Zeroizing::new(key.to_pkcs8v1().map_err(|_| ManagedKeyError::Unusable)?.as_ref().to_vec())
            }
        };
        Ok(Self { algorithm, material })
    }

    /// The key with this material, as [`ManagedKey::material`] gave it.
    #[must_use]
    pub fn from_material(algorithm: ManagedAlgorithm, material: Zeroizing<Vec<u8>>) -> Self {
        Self { algorithm, material }
    }

    /// What is sealed and stored.
    #[must_use]
    pub fn material(&self) -> &[u8] {
        &self.material
    }

    /// The public half as DER (`SubjectPublicKeyInfo`); none for a symmetric key.
    ///
    /// # Errors
    /// [`ManagedKeyError::Unusable`] for damaged material.
    pub fn public_key(&self) -> Result<Option<Vec<u8>>, ManagedKeyError> {
        let der = match self.algorithm {
            ManagedAlgorithm::Aes256Gcm | ManagedAlgorithm::Aes128Gcm => return Ok(None),
            ManagedAlgorithm::Rsa4096 => AsDer::<PublicKeyX509Der<'_>>::as_der(self.rsa()?.public_key()),
            ManagedAlgorithm::EccNistP256 => AsDer::<PublicKeyX509Der<'_>>::as_der(self.ecdsa()?.public_key()),
        };
        Ok(Some(der.map_err(|_| ManagedKeyError::Unusable)?.as_ref().to_vec()))
    }

    /// Encrypts: nonce, ciphertext, tag. Opens with the same `aad` only.
    ///
    /// # Errors
    /// [`ManagedKeyError::Operation`] for a key that signs.
    pub fn encrypt(&self, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, ManagedKeyError> {
        let key = self.cipher()?;
        let nonce: [u8; NONCE_LEN] = random::array();
        let mut out = vec![0; NONCE_LEN + plaintext.len() + TAG_LEN];
        out[..NONCE_LEN].copy_from_slice(&nonce);
        let (ciphertext, tag) = out[NONCE_LEN..].split_at_mut(plaintext.len());
        key.seal_out_of_place_scatter(Nonce::assume_unique_for_key(nonce), Aad::from(aad), plaintext, ciphertext, &[], tag)
            .map_err(|_| ManagedKeyError::Unusable)?;
        Ok(out)
    }

    /// Opens what [`ManagedKey::encrypt`] gave; `Ok(Err)` when it was altered, or belongs to another key.
    ///
    /// # Errors
    /// [`ManagedKeyError::Operation`] for a key that signs.
    pub fn decrypt(&self, aad: &[u8], sealed: &[u8]) -> Result<Result<Zeroizing<Vec<u8>>, OpenError>, ManagedKeyError> {
        let key = self.cipher()?;
        let Some((nonce, sealed)) = sealed.split_first_chunk::<NONCE_LEN>() else { return Ok(Err(OpenError::Truncated)) };
        let Some((ciphertext, tag)) = sealed.split_last_chunk::<TAG_LEN>() else { return Ok(Err(OpenError::Truncated)) };
        let mut plaintext = Zeroizing::new(vec![0; ciphertext.len()]);
        let nonce = Nonce::assume_unique_for_key(*nonce);
        Ok(match key.open_separate_gather(nonce, Aad::from(aad), ciphertext, tag, &mut plaintext) {
            Ok(()) => Ok(plaintext),
            Err(_) => Err(OpenError::Integrity),
        })
    }

    /// Signs data, or a digest of it made elsewhere. ECDSA signatures are DER.
    ///
    /// # Errors
    /// [`ManagedKeyError::Operation`] for a scheme of another kind of key, [`ManagedKeyError::DigestLength`].
    pub fn sign(&self, scheme: SigningScheme, data: &[u8], is_digest: bool) -> Result<Vec<u8>, ManagedKeyError> {
        let digest = scheme.hash.digest(data, is_digest)?;
        match (self.algorithm, scheme.padding) {
            (ManagedAlgorithm::Rsa4096, Some(padding)) => {
                let key = self.rsa()?;
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign_digest(rsa_encoding(padding, scheme.hash), &digest, &mut signature)
                    .map_err(|_| ManagedKeyError::Unusable)?;
                Ok(signature)
            }
            (ManagedAlgorithm::EccNistP256, None) => {
                // ECDSA takes as many leading bits of a hash as the curve's order has (FIPS 186-5, section 6.4.1): 256.
                let leading = digest.as_ref().get(..SHA256.output_len()).ok_or(ManagedKeyError::Unusable)?;
                let leading = Digest::import_less_safe(leading, &SHA256).map_err(|_| ManagedKeyError::Unusable)?;
                let signature = self.ecdsa()?.sign_digest(&leading).map_err(|_| ManagedKeyError::Unusable)?;
                Ok(signature.as_ref().to_vec())
            }
            _ => Err(ManagedKeyError::Operation),
        }
    }

    fn cipher(&self) -> Result<LessSafeKey, ManagedKeyError> {
        let key = UnboundKey::new(aead(self.algorithm)?, &self.material).map_err(|_| ManagedKeyError::Unusable)?;
        Ok(LessSafeKey::new(key))
    }

    fn rsa(&self) -> Result<RsaKeyPair, ManagedKeyError> {
        RsaKeyPair::from_pkcs8(&self.material).map_err(|_| ManagedKeyError::Unusable)
    }

    fn ecdsa(&self) -> Result<EcdsaKeyPair, ManagedKeyError> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.material).map_err(|_| ManagedKeyError::Unusable)
    }
}

/// Whether a signature is the key's, over this data or digest. `public_key` is DER as [`ManagedKey::public_key`] gives it.
///
/// # Errors
/// [`ManagedKeyError::Operation`] for a scheme of another kind of key, [`ManagedKeyError::DigestLength`].
pub fn verify_signature(
    algorithm: ManagedAlgorithm,
    public_key: &[u8],
    scheme: SigningScheme,
    data: &[u8],
    is_digest: bool,
    signature: &[u8],
) -> Result<bool, ManagedKeyError> {
    let verification: &'static dyn VerificationAlgorithm = match (algorithm, scheme.padding, scheme.hash) {
        (ManagedAlgorithm::Rsa4096, Some(Padding::Pss), Hash::Sha256) => &RSA_PSS_2048_8192_SHA256,
        (ManagedAlgorithm::Rsa4096, Some(Padding::Pss), Hash::Sha384) => &RSA_PSS_2048_8192_SHA384,
        (ManagedAlgorithm::Rsa4096, Some(Padding::Pss), Hash::Sha512) => &RSA_PSS_2048_8192_SHA512,
        (ManagedAlgorithm::Rsa4096, Some(Padding::Pkcs1), Hash::Sha256) => &RSA_PKCS1_2048_8192_SHA256,
        (ManagedAlgorithm::Rsa4096, Some(Padding::Pkcs1), Hash::Sha384) => &RSA_PKCS1_2048_8192_SHA384,
        (ManagedAlgorithm::Rsa4096, Some(Padding::Pkcs1), Hash::Sha512) => &RSA_PKCS1_2048_8192_SHA512,
        (ManagedAlgorithm::EccNistP256, None, Hash::Sha256) => &ECDSA_P256_SHA256_ASN1,
        (ManagedAlgorithm::EccNistP256, None, Hash::Sha384) => &ECDSA_P256_SHA384_ASN1,
        (ManagedAlgorithm::EccNistP256, None, Hash::Sha512) => &ECDSA_P256_SHA512_ASN1,
        _ => return Err(ManagedKeyError::Operation),
    };
    let digest = scheme.hash.digest(data, is_digest)?;
    Ok(UnparsedPublicKey::new(verification, public_key).verify_digest(&digest, signature).is_ok())
}

fn aead(algorithm: ManagedAlgorithm) -> Result<&'static AeadAlgorithm, ManagedKeyError> {
    match algorithm {
        ManagedAlgorithm::Aes256Gcm => Ok(&AES_256_GCM),
        ManagedAlgorithm::Aes128Gcm => Ok(&AES_128_GCM),
        _ => Err(ManagedKeyError::Operation),
    }
}

fn rsa_encoding(padding: Padding, hash: Hash) -> &'static dyn RsaEncoding {
    match (padding, hash) {
        (Padding::Pss, Hash::Sha256) => &RSA_PSS_SHA256,
        (Padding::Pss, Hash::Sha384) => &RSA_PSS_SHA384,
        (Padding::Pss, Hash::Sha512) => &RSA_PSS_SHA512,
        (Padding::Pkcs1, Hash::Sha256) => &RSA_PKCS1_SHA256,
        (Padding::Pkcs1, Hash::Sha384) => &RSA_PKCS1_SHA384,
        (Padding::Pkcs1, Hash::Sha512) => &RSA_PKCS1_SHA512,
    }
}

fn pkcs8(key: &RsaKeyPair) -> Result<Zeroizing<Vec<u8>>, ManagedKeyError> {
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(key).map_err(|_| ManagedKeyError::Unusable)?;
    Ok(Zeroizing::new(der.as_ref().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMES: [Hash; 3] = [Hash::Sha256, Hash::Sha384, Hash::Sha512];

    fn stored(key: &ManagedKey) -> ManagedKey {
        ManagedKey::from_material(key.algorithm, Zeroizing::new(key.material().to_vec()))
    }

    #[test]
    fn what_is_encrypted_opens_with_its_key_and_place_only() {
        for (algorithm, len) in [(ManagedAlgorithm::Aes256Gcm, 32), (ManagedAlgorithm::Aes128Gcm, 16)] {
            let key = ManagedKey::generate(algorithm).unwrap();
            assert_eq!(key.material().len(), len);
            let sealed = key.encrypt(b"here", b"plain").unwrap();
            assert_ne!(sealed, key.encrypt(b"here", b"plain").unwrap(), "each has a nonce of its own");
            assert_eq!(&**stored(&key).decrypt(b"here", &sealed).unwrap().unwrap(), b"plain");
            assert_eq!(key.decrypt(b"there", &sealed).unwrap().unwrap_err(), OpenError::Integrity);
            for at in 0..sealed.len() {
                let mut altered = sealed.clone();
                altered[at] ^= 1;
                assert!(key.decrypt(b"here", &altered).unwrap().is_err(), "byte {at}");
            }
            for len in 0..NONCE_LEN + TAG_LEN {
                assert_eq!(key.decrypt(b"here", &sealed[..len]).unwrap().unwrap_err(), OpenError::Truncated);
            }
            assert_eq!(key.public_key().unwrap(), None);
            let scheme = SigningScheme { hash: Hash::Sha256, padding: None };
            assert_eq!(key.sign(scheme, b"data", false).unwrap_err(), ManagedKeyError::Operation);
        }
    }

    #[test]
    fn what_is_signed_verifies_whether_the_digest_was_made_here_or_elsewhere() {
        let paddings: [(ManagedAlgorithm, &[Option<Padding>]); 2] =
            [(ManagedAlgorithm::Rsa4096, &[Some(Padding::Pss), Some(Padding::Pkcs1)]), (ManagedAlgorithm::EccNistP256, &[None])];
        for (algorithm, paddings) in paddings {
            let key = stored(&ManagedKey::generate(algorithm).unwrap());
            let public = key.public_key().unwrap().unwrap();
            for (hash, padding) in SCHEMES.into_iter().flat_map(|hash| paddings.iter().map(move |padding| (hash, *padding))) {
                let scheme = SigningScheme { hash, padding };
                let digest = digest::digest(hash.algorithm(), b"data");
                let signature = key.sign(scheme, b"data", false).unwrap();
                let by_digest = key.sign(scheme, digest.as_ref(), true).unwrap();
                let verify = |data: &[u8], is_digest, signature: &[u8]| {
                    verify_signature(algorithm, &public, scheme, data, is_digest, signature).unwrap()
                };
                assert!(verify(b"data", false, &signature) && verify(digest.as_ref(), true, &signature), "{scheme:?}");
                assert!(verify(b"data", false, &by_digest), "{scheme:?}");
                assert!(!verify(b"date", false, &signature) && !verify(b"data", false, &signature[1..]), "{scheme:?}");
                assert!(!verify(b"data", false, b""));
                let needed = hash.algorithm().output_len();
                assert_eq!(key.sign(scheme, b"short", true).unwrap_err(), ManagedKeyError::DigestLength { needed });
            }
            let foreign = SigningScheme {
                hash: Hash::Sha256,
                padding: if algorithm == ManagedAlgorithm::Rsa4096 { None } else { Some(Padding::Pss) },
            };
            assert_eq!(key.sign(foreign, b"data", false).unwrap_err(), ManagedKeyError::Operation);
            assert_eq!(
                verify_signature(algorithm, &public, foreign, b"data", false, b"x").unwrap_err(),
                ManagedKeyError::Operation
            );
            assert_eq!(key.encrypt(b"", b"plain").unwrap_err(), ManagedKeyError::Operation);
        }
    }

    #[test]
    fn a_hash_longer_than_the_curve_is_signed_as_others_verify_it() {
        // Through the library's own verification, which hashes the message itself.
        let key = ManagedKey::generate(ManagedAlgorithm::EccNistP256).unwrap();
        let public = key.public_key().unwrap().unwrap();
        let signature = key.sign(SigningScheme { hash: Hash::Sha512, padding: None }, b"data", false).unwrap();
        assert!(UnparsedPublicKey::new(&ECDSA_P256_SHA512_ASN1, &public).verify(b"data", &signature).is_ok());
    }
}
