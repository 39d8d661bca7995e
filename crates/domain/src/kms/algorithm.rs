//! What keys are for, and the names of it.

use keyferry_crypto::{Hash, ManagedAlgorithm, Padding, SigningScheme};

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// Encrypt and decrypt.
    EncryptDecrypt,
    /// Sign and verify.
    SignVerify,
}

impl Usage {
    /// The names on the wire.
    pub const NAMES: &'static [&'static str] = &["encrypt-decrypt", "sign-verify"];

    /// The usage of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "encrypt-decrypt" => Self::EncryptDecrypt,
            "sign-verify" => Self::SignVerify,
            _ => return None,
        })
    }

    /// Its name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EncryptDecrypt => "encrypt-decrypt",
            Self::SignVerify => "sign-verify",
        }
    }
}

/// What a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// AES-256-GCM.
    Aes256Gcm,
    /// AES-128-GCM.
    Aes128Gcm,
    /// RSA, 4096 bits.
    Rsa4096,
    /// ECDSA on P-256.
    EccNistP256,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 4] = [Self::Aes256Gcm, Self::Aes128Gcm, Self::Rsa4096, Self::EccNistP256];

    /// The algorithm of that name, in any case and with `-` or `_`: clients disagree.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let plain = |text: &str| text.to_ascii_lowercase().replace('_', "-");
        Self::ALL.into_iter().find(|algorithm| plain(algorithm.as_str()) == plain(name))
    }

    /// Its name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aes256Gcm => "aes-256-gcm",
            Self::Aes128Gcm => "aes-128-gcm",
            Self::Rsa4096 => "RSA_4096",
            Self::EccNistP256 => "ECC_NIST_P256",
        }
    }

    /// What a key of this kind is for.
    #[must_use]
    pub fn usage(self) -> Usage {
        match self {
            Self::Aes256Gcm | Self::Aes128Gcm => Usage::EncryptDecrypt,
            Self::Rsa4096 | Self::EccNistP256 => Usage::SignVerify,
        }
    }

    /// How a key of this kind can sign.
    #[must_use]
    pub fn signing(self) -> &'static [SigningAlgorithm] {
        use SigningAlgorithm as S;
        match self {
            Self::Aes256Gcm | Self::Aes128Gcm => &[],
            Self::Rsa4096 => &[S::PssSha512, S::PssSha384, S::PssSha256, S::Pkcs1Sha512, S::Pkcs1Sha384, S::Pkcs1Sha256],
            Self::EccNistP256 => &[S::EcdsaSha512, S::EcdsaSha384, S::EcdsaSha256],
        }
    }

    pub(super) fn managed(self) -> ManagedAlgorithm {
        match self {
            Self::Aes256Gcm => ManagedAlgorithm::Aes256Gcm,
            Self::Aes128Gcm => ManagedAlgorithm::Aes128Gcm,
            Self::Rsa4096 => ManagedAlgorithm::Rsa4096,
            Self::EccNistP256 => ManagedAlgorithm::EccNistP256,
        }
    }
}

macro_rules! signing_algorithms {
    ($($variant:ident, $name:literal, $hash:ident, $padding:expr;)*) => {
        /// How data is signed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum SigningAlgorithm {
            $(#[doc = concat!("`", $name, "`.")] $variant,)*
        }

        impl SigningAlgorithm {
            /// The names on the wire.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// The algorithm of that name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// Its name on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            pub(super) fn scheme(self) -> SigningScheme {
                match self {
                    $(Self::$variant => SigningScheme { hash: Hash::$hash, padding: $padding },)*
                }
            }
        }
    };
}

signing_algorithms! {
    PssSha512, "RSASSA_PSS_SHA_512", Sha512, Some(Padding::Pss);
    PssSha384, "RSASSA_PSS_SHA_384", Sha384, Some(Padding::Pss);
    PssSha256, "RSASSA_PSS_SHA_256", Sha256, Some(Padding::Pss);
    Pkcs1Sha512, "RSASSA_PKCS1_V1_5_SHA_512", Sha512, Some(Padding::Pkcs1);
    Pkcs1Sha384, "RSASSA_PKCS1_V1_5_SHA_384", Sha384, Some(Padding::Pkcs1);
    Pkcs1Sha256, "RSASSA_PKCS1_V1_5_SHA_256", Sha256, Some(Padding::Pkcs1);
    EcdsaSha512, "ECDSA_SHA_512", Sha512, None;
    EcdsaSha384, "ECDSA_SHA_384", Sha384, None;
    EcdsaSha256, "ECDSA_SHA_256", Sha256, None;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms_are_known_by_every_spelling_that_clients_send() {
        for (given, is) in [
            ("aes-256-gcm", Algorithm::Aes256Gcm),
            ("AES_128_GCM", Algorithm::Aes128Gcm),
            ("RSA_4096", Algorithm::Rsa4096),
            ("rsa-4096", Algorithm::Rsa4096),
            ("ecc-nist-p256", Algorithm::EccNistP256),
        ] {
            assert_eq!(Algorithm::parse(given), Some(is), "{given}");
        }
        assert_eq!(Algorithm::parse("aes-256-cbc"), None);
    }

    #[test]
    fn each_key_signs_by_algorithms_of_its_kind() {
        let all: Vec<&str> = Algorithm::ALL.iter().flat_map(|kind| kind.signing()).map(|one| one.as_str()).collect();
        assert_eq!(all, SigningAlgorithm::NAMES);
        assert!(SigningAlgorithm::NAMES.iter().all(|name| SigningAlgorithm::parse(name).is_some_and(|it| it.as_str() == *name)));
    }
}
