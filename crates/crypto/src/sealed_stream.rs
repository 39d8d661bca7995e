//! A stream of any length sealed under a passphrase, written and read in bounded memory.
//!
//! The passphrase is stretched with Argon2id into a key of this stream alone; the stream is cut into chunks, each sealed with
//! AES-256-GCM under a nonce that counts and says which chunk is the last, so that chunks can be neither altered, swapped,
//! dropped nor cut off. The bytes are described in `docs/backup-format.md`.

mod reader;
mod writer;

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, Nonce, UnboundKey};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use zeroize::Zeroizing;

pub use reader::SealedReader;
pub use writer::SealedWriter;

use crate::cipher::{NONCE_LEN, TAG_LEN};
use crate::encoding::push_field;
use crate::key_bytes::KEY_LEN;
use crate::random;

const MAGIC: &[u8; 6] = b"KFSEAL";
const VERSION: u16 = 1;
const SALT_LEN: usize = 16;
const PREFIX_LEN: usize = 7;
/// Magic, version, three cost numbers, salt, nonce prefix.
const PRELUDE_LEN: usize = MAGIC.len() + 2 + 3 * 4 + SALT_LEN + PREFIX_LEN;
/// Plaintext bytes of every chunk but the last.
const CHUNK: usize = 64 * 1024;

/// What a stream may ask for at most, so that a forged file cannot exhaust the machine: memory in KiB, passes, lanes.
const MOST: (u32, u32, u32) = (1024 * 1024, 16, 16);

/// How much work it is to turn the passphrase into the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamCost {
    /// 64 MiB, three passes, four lanes (RFC 9106, second recommended option).
    Standard,
    /// Next to nothing, for tests.
    Test,
}

/// Why a sealed stream does not open. Never says anything about its contents.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StreamError {
    /// It does not begin as sealed streams do.
    #[error("this is not a file that Keyferry sealed")]
    NotSealed,
    /// A later program wrote it.
    #[error("the file has format version {0}, which this release does not read")]
    UnknownVersion(u16),
    /// It asks for more work than any release writes.
    #[error("the file asks for absurd work to check its passphrase; its first bytes were altered")]
    Cost,
    /// The passphrase, or the first bytes, are not those it was sealed with.
    #[error("the passphrase is wrong (or the first bytes of the file were altered)")]
    Passphrase,
    /// A chunk does not open.
    #[error("the file was altered at or after byte {0}")]
    Altered(u64),
    /// The end is missing.
    #[error("the file is cut off: its end is missing")]
    Truncated,
    /// Memory for the passphrase check could not be had.
    #[error("there is not enough memory to check the passphrase")]
    Memory,
}

impl From<StreamError> for std::io::Error {
    fn from(error: StreamError) -> Self {
        Self::new(std::io::ErrorKind::InvalidData, error)
    }
}

/// Which part a nonce seals; its last byte.
#[derive(Clone, Copy)]
enum Part {
    More = 0,
    Last = 1,
    Check = 2,
}

/// The first bytes of a stream, in clear but authenticated.
struct Prelude {
    bytes: [u8; PRELUDE_LEN],
}

impl Prelude {
    fn generate(cost: StreamCost) -> Self {
        let (memory, passes, lanes): (u32, u32, u32) = match cost {
            StreamCost::Standard => (64 * 1024, 3, 4),
            StreamCost::Test => (Params::MIN_M_COST, 1, 1),
        };
        let (salt, prefix): ([u8; SALT_LEN], [u8; PREFIX_LEN]) = (random::array(), random::array());
        let mut bytes = Vec::with_capacity(PRELUDE_LEN);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_be_bytes());
        for number in [memory, passes, lanes] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes.extend_from_slice(&salt);
        bytes.extend_from_slice(&prefix);
        let mut prelude = Self { bytes: [0; PRELUDE_LEN] };
        prelude.bytes.copy_from_slice(&bytes);
        prelude
    }

    fn parse(bytes: [u8; PRELUDE_LEN]) -> Result<Self, StreamError> {
        if !bytes.starts_with(MAGIC) {
            return Err(StreamError::NotSealed);
        }
        let version = u16::from_be_bytes([bytes[6], bytes[7]]);
        if version != VERSION {
            return Err(StreamError::UnknownVersion(version));
        }
        let prelude = Self { bytes };
        let (memory, passes, lanes) = prelude.cost();
        if memory > MOST.0 || passes > MOST.1 || lanes > MOST.2 {
            return Err(StreamError::Cost);
        }
        Ok(prelude)
    }

    fn cost(&self) -> (u32, u32, u32) {
        let number = |at: usize| {
            let mut four = [0; 4];
            four.copy_from_slice(&self.bytes[at..at + 4]);
            u32::from_be_bytes(four)
        };
        (number(8), number(12), number(16))
    }

    fn salt(&self) -> &[u8] {
        &self.bytes[20..20 + SALT_LEN]
    }

    /// The cipher of this stream. `purpose` keeps streams of different kinds apart.
    fn cipher(&self, purpose: &str, passphrase: &SecretString) -> Result<StreamCipher, StreamError> {
        let (memory, passes, lanes) = self.cost();
        let params = Params::new(memory, passes, lanes, Some(KEY_LEN)).map_err(|_| StreamError::Cost)?;
        let mut key = Zeroizing::new([0; KEY_LEN]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose_secret().as_bytes(), self.salt(), key.as_mut())
            .map_err(|_| StreamError::Memory)?;
        let key = UnboundKey::new(&AES_256_GCM, key.as_ref()).map_err(|_| StreamError::Memory)?;
        let mut prefix = [0; PREFIX_LEN];
        prefix.copy_from_slice(&self.bytes[PRELUDE_LEN - PREFIX_LEN..]);
        let mut aad = self.bytes.to_vec();
        push_field(&mut aad, purpose.as_bytes());
        Ok(StreamCipher { key: LessSafeKey::new(key), prefix, aad })
    }
}

/// The key of one stream. Its nonces never repeat, since the key is derived from a fresh salt and the counter only rises.
struct StreamCipher {
    key: LessSafeKey,
    prefix: [u8; PREFIX_LEN],
    aad: Vec<u8>,
}

impl StreamCipher {
    fn nonce(&self, counter: u32, part: Part) -> Nonce {
        let mut nonce = [0; NONCE_LEN];
        nonce[..PREFIX_LEN].copy_from_slice(&self.prefix);
        nonce[PREFIX_LEN..NONCE_LEN - 1].copy_from_slice(&counter.to_be_bytes());
        nonce[NONCE_LEN - 1] = part as u8;
        Nonce::assume_unique_for_key(nonce)
    }

    /// Seals in place and appends the tag.
    fn seal(&self, counter: u32, part: Part, chunk: &mut Vec<u8>) {
        let sealed = self.key.seal_in_place_append_tag(self.nonce(counter, part), aws_lc_rs::aead::Aad::from(&self.aad), chunk);
        assert!(sealed.is_ok(), "AES-256-GCM refused to seal");
    }

    /// Opens `sealed` into `plain`, which is as much shorter as the tag is long.
    fn open(&self, counter: u32, part: Part, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (ciphertext, tag) = sealed.split_last_chunk::<TAG_LEN>()?;
        let mut plain = Zeroizing::new(vec![0; ciphertext.len()]);
        self.key
            .open_separate_gather(self.nonce(counter, part), aws_lc_rs::aead::Aad::from(&self.aad), ciphertext, tag, &mut plain)
            .ok()?;
        Some(plain)
    }
}

#[cfg(test)]
mod tests;
