//! Password hashing with Argon2id, bounded so that a flood of logins leaves room for other work.

use crate::random;
use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::password_hash::{self, CustomizedPasswordHasher, PasswordVerifier};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::sync::Arc;
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::task;

/// How much work one hash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordCost {
    /// 19 MiB of memory, two passes, one lane (OWASP's password storage recommendation).
    Standard,
    /// Next to nothing, for tests.
    Test,
}

impl PasswordCost {
    fn params(self) -> Params {
        match self {
            Self::Standard => Params::DEFAULT,
            Self::Test => match Params::new(Params::MIN_M_COST, 1, 1, None) {
                Ok(params) => params,
                Err(_) => panic!("Argon2 refused its own least cost"),
            },
        }
    }
}

/// A stored hash may ask for at most this much memory (in KiB), so that a tampered row cannot
/// exhaust it.
const MAX_M_COST: u32 = 256 * 1024;
/// And for at most this many passes.
const MAX_T_COST: u32 = 16;

/// Why a password could not be hashed or compared. Never says anything about the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordError {
    /// The stored hash is no Argon2id string, or asks for absurd work.
    #[error("the stored password hash is not usable")]
    BadHash,
    /// Memory ran out, or the runtime is shutting down.
    #[error("passwords cannot be hashed at the moment")]
    Unavailable,
}

/// Hashes and verifies passwords, a bounded number at a time, off the async threads.
pub struct PasswordHasher {
    params: Params,
    permits: Arc<Semaphore>,
    dummy: Arc<PasswordHash>,
}

impl PasswordHasher {
    /// A hasher of the given cost that does at most `parallel` (at least 1) hashes at once.
    #[must_use]
    pub fn new(cost: PasswordCost, parallel: usize) -> Self {
        let params = cost.params();
        Self {
            dummy: Arc::new(dummy_hash(&params)),
            params,
            permits: Arc::new(Semaphore::new(parallel.clamp(1, Semaphore::MAX_PERMITS))),
        }
    }

    /// Hashes a password with a fresh salt; the result is a PHC string to store.
    ///
    /// # Errors
    /// `Unavailable` if the work could not be done.
    pub async fn hash(&self, password: &SecretString) -> Result<String, PasswordError> {
        let params = self.params.clone();
        self.run(password, move |password| {
            let salt: [u8; 16] = random::array();
            let version = Some(Version::V0x13 as u32);
            context()
                .hash_password_customized(password, &salt, Some("argon2id"), version, params)
                .map(|hash| hash.to_string())
                .map_err(|_| PasswordError::Unavailable)
        })
        .await
    }

    /// Whether the password belongs to the stored PHC string.
    ///
    /// With `None` (no such user) the same work is done against a hash of the same cost and the
    /// answer is `false`, so that the time taken does not tell who exists.
    ///
    /// # Errors
    /// `BadHash` if the stored string is not usable, `Unavailable` if the work could not be done.
    pub async fn verify(&self, password: &SecretString, phc: Option<&str>) -> Result<bool, PasswordError> {
        let (stored, exists) = match phc {
            Some(phc) => (Arc::new(parse(phc)?), true),
            None => (Arc::clone(&self.dummy), false),
        };
        let matches = self
            .run(password, move |password| match context().verify_password(password, &*stored) {
                Ok(()) => Ok(true),
                Err(password_hash::Error::PasswordInvalid) => Ok(false),
                Err(_) => Err(PasswordError::Unavailable),
            })
            .await?;
        Ok(matches && exists)
    }

    async fn run<T: Send + 'static>(
        &self,
        password: &SecretString,
        work: impl FnOnce(&[u8]) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| PasswordError::Unavailable)?;
        let password = password.clone();
        task::spawn_blocking(move || {
            // Held by the work itself: a caller that goes away does not stop the hash.
            let _permit = permit;
            work(password.expose_secret().as_bytes())
        })
        .await
        .map_err(|_| PasswordError::Unavailable)?
    }
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordHasher").field("params", &self.params).field("free", &self.permits.available_permits()).finish()
    }
}

/// The costs come with each call or from the stored hash, never from this.
fn context() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

/// A hash that belongs to no password: random salt, random output.
fn dummy_hash(params: &Params) -> PasswordHash {
    let parts = || -> password_hash::Result<PasswordHash> {
        Ok(PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: params.try_into()?,
            salt: Some(Salt::new(&random::array::<16>())?),
            hash: Some(Output::new(&random::array::<{ Params::DEFAULT_OUTPUT_LEN }>())?),
        })
    };
    match parts() {
        Ok(hash) => hash,
        Err(_) => panic!("Argon2 refused its own parameters"),
    }
}

fn parse(phc: &str) -> Result<PasswordHash, PasswordError> {
    let hash = PasswordHash::new(phc).map_err(|_| PasswordError::BadHash)?;
    let params = Params::try_from(&hash).map_err(|_| PasswordError::BadHash)?;
    let usable = hash.algorithm == ARGON2ID_IDENT
        && hash.salt.is_some()
        && hash.hash.is_some()
        && params.m_cost() <= MAX_M_COST
        && params.t_cost() <= MAX_T_COST;
    if usable { Ok(hash) } else { Err(PasswordError::BadHash) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn hasher() -> PasswordHasher {
        PasswordHasher::new(PasswordCost::Test, 2)
    }

    fn password(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let hasher = hasher();
        let phc = hasher.hash(&password("correct horse")).await.unwrap();
        assert!(hasher.verify(&password("correct horse"), Some(&phc)).await.unwrap());
        for wrong in ["correct hors", "Correct horse", "correct horse ", ""] {
            assert!(!hasher.verify(&password(wrong), Some(&phc)).await.unwrap(), "{wrong}");
        }
        let again = hasher.hash(&password("correct horse")).await.unwrap();
        assert_ne!(again, phc, "each hash has its own salt");
    }

    #[tokio::test]
    async fn a9_standard_cost_is_argon2id_with_19_mib() {
        let hasher = PasswordHasher::new(PasswordCost::Standard, 1);
        let phc = hasher.hash(&password("p")).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(hasher.verify(&password("p"), Some(&phc)).await.unwrap());
        // Hashes made at another cost stay good: the string carries its own.
        let cheap = hasher_phc("p").await;
        assert!(hasher.verify(&password("p"), Some(&cheap)).await.unwrap());
    }

    async fn hasher_phc(text: &str) -> String {
        hasher().hash(&password(text)).await.unwrap()
    }

    #[tokio::test]
    async fn a2_an_absent_user_costs_the_same_work_and_never_matches() {
        let hasher = hasher();
        for text in ["", "password", "correct horse"] {
            assert!(!hasher.verify(&password(text), None).await.unwrap());
        }
        for cost in [PasswordCost::Standard, PasswordCost::Test] {
            let dummy = PasswordHasher::new(cost, 1).dummy.to_string();
            let params = Params::try_from(&parse(&dummy).unwrap()).unwrap();
            assert_eq!(params.m_cost(), cost.params().m_cost());
            assert_eq!(params.t_cost(), cost.params().t_cost());
            assert_eq!(params.p_cost(), cost.params().p_cost());
            assert_eq!(dummy.len(), dummy_length_of_a_real_hash(cost).await);
        }
    }

    async fn dummy_length_of_a_real_hash(cost: PasswordCost) -> usize {
        PasswordHasher::new(cost, 1).hash(&password("p")).await.unwrap().len()
    }

    #[tokio::test]
    async fn unusable_stored_hashes_are_errors() {
        let salt_and_hash = "c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let stored = [
            String::new(),
            "password".to_owned(),
            format!("$argon2i$v=19$m=8,t=1,p=1${salt_and_hash}"),
            format!("$argon2id$v=19$m=4194304,t=1,p=1${salt_and_hash}"),
            format!("$argon2id$v=19$m=8,t=4000000,p=1${salt_and_hash}"),
            "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA".to_owned(),
            "$2b$12$abcdefghijklmnopqrstuv".to_owned(),
        ];
        for phc in stored {
            let answer = hasher().verify(&password("p"), Some(&phc)).await;
            assert_eq!(answer.unwrap_err(), PasswordError::BadHash, "{phc}");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn g5_no_more_hashes_run_than_allowed() {
        let hasher = Arc::new(hasher());
        let running = Arc::new(AtomicUsize::new(0));
        let most = Arc::new(AtomicUsize::new(0));
        // Each pair of jobs waits for one another, so that two do run together and never three.
        let pair = Arc::new(Barrier::new(2));
        let jobs: Vec<_> = (0..8)
            .map(|_| {
                let (hasher, running) = (Arc::clone(&hasher), Arc::clone(&running));
                let (most, pair) = (Arc::clone(&most), Arc::clone(&pair));
                tokio::spawn(async move {
                    hasher
                        .run(&password("p"), move |_| {
                            let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                            most.fetch_max(now, Ordering::SeqCst);
                            pair.wait();
                            running.fetch_sub(1, Ordering::SeqCst);
                            Ok(())
                        })
                        .await
                })
            })
            .collect();
        for job in jobs {
            job.await.unwrap().unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_panic_in_the_work_is_an_error_without_its_text() {
        let hasher = hasher();
        let answer: Result<(), _> = hasher.run(&password("p"), |_| panic!("canary")).await;
        assert_eq!(answer.unwrap_err(), PasswordError::Unavailable);
        assert!(!hasher.verify(&password("p"), None).await.unwrap(), "the permit came back");
    }

    #[test]
    fn debug_shows_costs_only() {
        let text = format!("{:?}", hasher());
        assert!(text.starts_with("PasswordHasher { params: Params"), "{text}");
        assert!(!text.contains("argon2id$"), "{text}");
    }
}
