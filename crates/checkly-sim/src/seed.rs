//! The state a simulator starts with.

use std::path::Path;

use rand::rand_core::UnwrapErr;
use rand::rngs::OsRng;
use rand::{Rng, TryRngCore};
use serde::{Deserialize, Serialize};

use crate::config::SimError;
use crate::model::{Account, Group, Role, Variable};

/// Keys and accounts at the start; a JSON file in camelCase.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Seed {
    /// Accounts with what they hold.
    #[serde(default)]
    pub accounts: Vec<SeedAccount>,
    /// API keys.
    #[serde(default)]
    pub keys: Vec<SeedKey>,
}

/// One account of a seed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeedAccount {
    /// Id, name and runtime.
    #[serde(flatten)]
    pub account: Account,
    /// Account variables; a key may occur twice.
    #[serde(default)]
    pub variables: Vec<Variable>,
    /// Check groups.
    #[serde(default)]
    pub groups: Vec<Group>,
}

/// One API key of a seed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeedKey {
    /// The key: `cu_...` for a person, `sv_...` for a service key of one account.
    pub key: String,
    /// Name in the log of calls; by default `key-1`, `key-2`, ...
    #[serde(default)]
    pub label: Option<String>,
    /// Its role.
    pub role: Role,
    /// Ids of the accounts it reaches; empty means all of the seed.
    #[serde(default)]
    pub accounts: Vec<String>,
}

impl std::fmt::Debug for SeedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SeedKey")
            .field("label", &self.label)
            .field("role", &self.role)
            .field("accounts", &self.accounts)
            .finish_non_exhaustive()
    }
}

impl Seed {
    /// A demo: two accounts, a read-write key for both, a read-only key, plain and secret
    /// variables, one group each. Ids and keys are random.
    ///
    /// # Panics
    ///
    /// When the operating system's random generator fails.
    #[must_use]
    pub fn random() -> Self {
        let mut rng = OsRng.unwrap_err();
        let account = |rng: &mut UnwrapErr<OsRng>, name: &str, place: &str| SeedAccount {
            account: Account { id: random_uuid(rng), name: name.to_owned(), runtime_id: Some("2025.04".to_owned()) },
            variables: vec![
                plain("BASE_URL", &format!("https://{place}.shop.example")),
                plain("REGION", place),
                hidden("LEGACY_API_TOKEN", &random_hex(rng, 16)),
            ],
            groups: vec![Group {
                id: rng.random_range(100_000..1_000_000),
                name: format!("Checkout {place}"),
                variables: vec![plain("CHECKOUT_PATH", "/checkout")],
                ..Group::default()
            }],
        };
        let accounts = vec![account(&mut rng, "Acme EU", "eu"), account(&mut rng, "Acme US", "us")];
        let keys = vec![
            SeedKey {
                key: random_key(&mut rng),
                label: Some("read-write".to_owned()),
                role: Role::ReadWrite,
                accounts: Vec::new(),
            },
            SeedKey {
                key: random_key(&mut rng),
                label: Some("read-only".to_owned()),
                role: Role::ReadOnly,
                accounts: Vec::new(),
            },
        ];
        Self { accounts, keys }
    }

    /// Reads a seed file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is not a seed.
    pub fn from_file(path: &Path) -> Result<Self, SimError> {
        let text = std::fs::read_to_string(path).map_err(|source| SimError::SeedRead { path: path.to_owned(), source })?;
        Self::from_json(&text)
    }

    /// Reads a seed from JSON.
    ///
    /// # Errors
    ///
    /// When the text is not a seed; the message names the place, not the content.
    pub fn from_json(text: &str) -> Result<Self, SimError> {
        serde_json::from_str(text).map_err(|error| SimError::Seed(error.to_string()))
    }

    /// Checks ids, key prefixes and references.
    pub(crate) fn validate(&self) -> Result<(), SimError> {
        let wrong = |text: String| Err(SimError::Seed(text));
        for SeedAccount { account, groups, .. } in &self.accounts {
            if uuid::Uuid::parse_str(&account.id).is_err() {
                return wrong(format!("account id `{}` is not a UUID", account.id));
            }
            if groups.iter().any(|group| group.id == 0) {
                return wrong(format!("a group of `{}` has the id 0", account.id));
            }
        }
        for (index, key) in self.keys.iter().enumerate() {
            let place = format!("key {}", index + 1);
            if !key.key.starts_with("cu_") && !key.key.starts_with("sv_") {
                return wrong(format!("{place} starts with neither `cu_` nor `sv_`"));
            }
            if let Some(unknown) =
                key.accounts.iter().find(|id| !self.accounts.iter().any(|known| known.account.id.eq_ignore_ascii_case(id)))
            {
                return wrong(format!("{place} names the unknown account `{unknown}`"));
            }
            let reached = if key.accounts.is_empty() { self.accounts.len() } else { key.accounts.len() };
            if key.key.starts_with("sv_") && reached != 1 {
                return wrong(format!("{place} is a service key and needs exactly one account"));
            }
        }
        Ok(())
    }
}

fn plain(key: &str, value: &str) -> Variable {
    Variable { key: key.to_owned(), value: value.to_owned(), secret: false, locked: false }
}

fn hidden(key: &str, value: &str) -> Variable {
    Variable { key: key.to_owned(), value: value.to_owned(), secret: true, locked: true }
}

/// A version 4 UUID from the given generator.
fn random_uuid(rng: &mut impl Rng) -> String {
    uuid::Builder::from_random_bytes(rng.random()).into_uuid().to_string()
}

fn random_key(rng: &mut impl Rng) -> String {
    format!("cu_{}", random_hex(rng, 16))
}

/// So many random bytes as lower-case hexadecimal digits.
pub(crate) fn random_hex(rng: &mut impl Rng, bytes: usize) -> String {
    (0..bytes).map(|_| format!("{:02x}", rng.random::<u8>())).collect()
}
