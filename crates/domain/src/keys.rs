//! The key ladder at work: data keys and fingerprint keys per organization and project, unwrapped on demand and kept briefly.

use std::sync::Arc;
use std::time::Duration;

use keyferry_crypto::{Context, DataKey, FingerprintKey, JwtKey, RootKey, TokenHashKey};
use keyferry_db::entities::{data_keys, server_settings};
use keyferry_db::{Conn, WriteTx};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::clock::Ids;
use crate::error::{Error, Result};

/// Whose data key a value is under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// An organization's own values.
    Org(Uuid),
    /// A project's values.
    Project {
        /// The organization it belongs to.
        org_id: Uuid,
        /// The project.
        project_id: Uuid,
    },
}

impl Scope {
    /// The id that envelopes bind.
    #[must_use]
    pub fn id(self) -> Uuid {
        match self {
            Self::Org(id) => id,
            Self::Project { project_id, .. } => project_id,
        }
    }

    fn org_id(self) -> Uuid {
        match self {
            Self::Org(id) => id,
            Self::Project { org_id, .. } => org_id,
        }
    }

    fn project_id(self) -> Option<Uuid> {
        match self {
            Self::Org(_) => None,
            Self::Project { project_id, .. } => Some(project_id),
        }
    }
}

/// The keys of one scope, unwrapped.
pub struct ScopeKeys {
    scope: Scope,
    active: Arc<DataKey>,
    others: Vec<Arc<DataKey>>,
    fingerprint: FingerprintKey,
}

impl ScopeKeys {
    /// Encrypts text into an envelope bound to its place.
    #[must_use]
    pub fn seal(&self, place: Place<'_>, plaintext: &str) -> Vec<u8> {
        keyferry_crypto::seal(&self.active, &place.context(self.scope), plaintext.as_bytes())
    }

    /// Opens an envelope.
    ///
    /// # Errors
    /// [`Error::Internal`] when it does not belong here, is damaged, or its key is unknown.
    pub fn open(&self, place: Place<'_>, envelope: &[u8]) -> Result<SecretString> {
        Ok(keyferry_crypto::open_text(self.key_of(envelope)?, &place.context(self.scope), envelope)?)
    }

    /// Encrypts bytes into an envelope bound to its place.
    #[must_use]
    pub fn seal_bytes(&self, place: Place<'_>, plaintext: &[u8]) -> Vec<u8> {
        keyferry_crypto::seal(&self.active, &place.context(self.scope), plaintext)
    }

    /// Opens an envelope of bytes.
    ///
    /// # Errors
    /// As [`ScopeKeys::open`].
    pub fn open_bytes(&self, place: Place<'_>, envelope: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        Ok(keyferry_crypto::open(self.key_of(envelope)?, &place.context(self.scope), envelope)?)
    }

    fn key_of(&self, envelope: &[u8]) -> Result<&DataKey> {
        let key_id = keyferry_crypto::key_id(envelope)?;
        std::iter::once(&self.active)
            .chain(&self.others)
            .find(|key| key.id() == key_id)
            .map(AsRef::as_ref)
            .ok_or_else(|| Error::internal("a stored value names a data key that this scope does not have"))
    }

    /// The keyed fingerprint that answers "did the value change".
    #[must_use]
    pub fn fingerprint(&self, value: &SecretString) -> [u8; 32] {
        *self.fingerprint.fingerprint("secret-value", value.expose_secret().as_bytes()).as_bytes()
    }

    /// A keyed fingerprint of other text, under its own domain word.
    #[must_use]
    pub fn fingerprint_text(&self, domain: &str, text: &str) -> [u8; 32] {
        *self.fingerprint.fingerprint(domain, text.as_bytes()).as_bytes()
    }
}

/// Where an envelope lies; part of its authenticated data.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Table name.
    pub table: &'a str,
    /// Column name.
    pub column: &'a str,
    /// Row id.
    pub row_id: Uuid,
    /// Version of the row, 0 where the row has none.
    pub version: i32,
}

impl<'a> Place<'a> {
    fn context(self, scope: Scope) -> Context<'a> {
        Context {
            table: self.table,
            column: self.column,
            row_id: self.row_id,
            scope_id: scope.id(),
            version: u32::try_from(self.version).unwrap_or(0),
        }
    }
}

/// The installation's keys.
pub struct Keys {
    root: RootKey,
    jwt: JwtKey,
    tokens: TokenHashKey,
    cache: moka::future::Cache<Scope, Arc<ScopeKeys>>,
}

impl Keys {
    /// Unwraps the installation's own keys from its settings row.
    ///
    /// # Errors
    /// [`Error::Internal`] when the root key does not open them.
    pub fn open(root: RootKey, settings: &server_settings::Model) -> Result<Self> {
        let jwt = root.unwrap("jwt-key", &settings.jwt_key)?;
        let tokens = root.unwrap("token-hash-key", &settings.token_hash_key)?;
        Ok(Self {
            jwt: JwtKey::from_bytes(&jwt).map_err(Error::internal)?,
            tokens: TokenHashKey::from_bytes(&tokens).map_err(Error::internal)?,
            root,
            cache: moka::future::Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(300)).build(),
        })
    }

    /// The wrapped keys of a new installation: (JWT key, token hash key).
    #[must_use]
    pub fn generate(root: &RootKey) -> (Vec<u8>, Vec<u8>) {
        (root.wrap("jwt-key", JwtKey::generate().as_bytes()), root.wrap("token-hash-key", TokenHashKey::generate().as_bytes()))
    }

    /// Signs and verifies access tokens.
    #[must_use]
    pub fn jwt(&self) -> &JwtKey {
        &self.jwt
    }

    /// Hashes client secrets, refresh tokens and API keys.
    #[must_use]
    pub fn tokens(&self) -> &TokenHashKey {
        &self.tokens
    }

    /// Seals what is no organization's: a user's own secret, named by its label.
    #[must_use]
    pub fn seal_own(&self, label: &str, plaintext: &[u8]) -> Vec<u8> {
        self.root.wrap(label, plaintext)
    }

    /// Opens what [`Keys::seal_own`] sealed under the same label.
    ///
    /// # Errors
    /// [`Error::Internal`] when it does not belong here or is damaged.
    pub fn open_own(&self, label: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        Ok(self.root.unwrap(label, sealed)?)
    }

    /// Gives a new organization or project its keys.
    ///
    /// # Errors
    /// [`Error`] when the rows cannot be written.
    pub async fn create_scope(&self, tx: &WriteTx, ids: &dyn Ids, scope: Scope, now_ms: i64) -> Result<()> {
        for purpose in ["data", "fingerprint"] {
            let id = ids.v4();
            let bytes = match purpose {
                "data" => self.root.wrap(&label(purpose, id), DataKey::generate(id).as_bytes()),
                _ => self.root.wrap(&label(purpose, id), FingerprintKey::generate().as_bytes()),
            };
            keyferry_db::insert(
                tx,
                data_keys::Model {
                    id,
                    org_id: scope.org_id(),
                    project_id: scope.project_id(),
                    purpose: purpose.to_owned(),
                    version: 1,
                    wrapped: bytes,
                    is_active: true,
                    created_at_ms: now_ms,
                },
            )
            .await?;
        }
        Ok(())
    }

    /// The keys of a scope.
    ///
    /// # Errors
    /// [`Error::Internal`] when they are missing or the root key does not open them.
    pub async fn scope(&self, conn: &impl Conn, scope: Scope) -> Result<Arc<ScopeKeys>> {
        if let Some(keys) = self.cache.get(&scope).await {
            return Ok(keys);
        }
        let keys = Arc::new(self.load(conn, scope).await?);
        self.cache.insert(scope, Arc::clone(&keys)).await;
        Ok(keys)
    }

    /// Forgets a scope's unwrapped keys, after rotation or deletion.
    pub async fn forget(&self, scope: Scope) {
        self.cache.invalidate(&scope).await;
    }

    async fn load(&self, conn: &impl Conn, scope: Scope) -> Result<ScopeKeys> {
        let mut active = None;
        let mut others = Vec::new();
        let mut fingerprint = None;
        for row in keyferry_db::data_keys::list(conn, scope.org_id(), scope.project_id()).await? {
            let bytes = self.root.unwrap(&label(&row.purpose, row.id), &row.wrapped)?;
            if row.purpose == "fingerprint" {
                fingerprint = Some(FingerprintKey::from_bytes(&bytes).map_err(Error::internal)?);
            } else {
                let key = Arc::new(DataKey::from_bytes(row.id, &bytes).map_err(Error::internal)?);
                if row.is_active && active.is_none() { active = Some(key) } else { others.push(key) }
            }
        }
        Ok(ScopeKeys {
            scope,
            active: active.ok_or_else(|| Error::internal(format!("no data key for scope {}", scope.id())))?,
            others,
            fingerprint: fingerprint.ok_or_else(|| Error::internal(format!("no fingerprint key for scope {}", scope.id())))?,
        })
    }
}

fn label(purpose: &str, id: Uuid) -> String {
    format!("{purpose}-key:{id}")
}
