//! Opening the database with the root key.

use keyferry_crypto::{RootKey, TokenHashKey, constant_time_eq, random_hex};
use keyferry_db::entities::server_settings;
use keyferry_db::{Db, DbError, server_settings as store};
use secrecy::{ExposeSecret as _, SecretString};

use crate::clock::Ids;
use crate::error::Error;
use crate::keys::Keys;

/// Why an installation does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database was written under another root key. Nothing was changed.
    #[error(
        "this database needs the root key with the fingerprint {needed}, but the key given has the fingerprint {given}; \
         start with the right key"
    )]
    WrongRootKey {
        /// Fingerprint of the key it was written under.
        needed: String,
        /// Fingerprint of the key given.
        given: String,
    },
    /// Anything else.
    #[error(transparent)]
    Other(#[from] Error),
}

impl From<DbError> for OpenError {
    fn from(error: DbError) -> Self {
        Self::Other(error.into())
    }
}

/// An installation that is open.
pub struct Installation {
    /// The key ladder.
    pub keys: Keys,
    /// The settings row.
    pub settings: server_settings::Model,
    /// At the very first start: what lets somebody elsewhere set the installation up. Shown once; only its hash is stored.
    pub setup_token: Option<SecretString>,
}

/// The purpose under which the setup token is hashed.
const SETUP_TOKEN: &str = "setup-token";

/// Opens the installation. The first start writes its settings: keys wrapped by the root key, an id, the setup token's hash.
///
/// # Errors
/// [`OpenError::WrongRootKey`] names the key that is needed.
pub async fn open(db: &Db, root: RootKey, now_ms: i64, ids: &dyn Ids) -> Result<Installation, OpenError> {
    check_root_key(db, &root).await?;
    let mut setup_token = None;
    let settings = match store::find(db.read()).await? {
        Some(settings) => settings,
        None => {
            let token = random_hex(24);
            match create(db, &root, &token, now_ms, ids).await {
                Ok(settings) => {
                    setup_token = Some(token);
                    settings
                }
                // Another replica was first.
                Err(DbError::Unique(_)) => {
                    check_root_key(db, &root).await?;
                    store::find(db.read()).await?.ok_or_else(|| Error::internal("the installation's settings are gone"))?
                }
                Err(error) => return Err(error.into()),
            }
        }
    };
    Ok(Installation { keys: Keys::open(root, &settings)?, settings, setup_token })
}

/// Refuses a root key other than the one the database was written under. A new database takes any.
///
/// # Errors
/// [`OpenError::WrongRootKey`] names the key that is needed.
pub async fn check_root_key(db: &Db, root: &RootKey) -> Result<(), OpenError> {
    let given = root.fingerprint();
    match root_key_fingerprint(db).await? {
        Some(needed) if needed != given => Err(OpenError::WrongRootKey { needed, given }),
        _ => Ok(()),
    }
}

/// The fingerprint of the root key that the database needs; `None` for a new one.
///
/// # Errors
/// [`OpenError`] when the database does not answer.
pub async fn root_key_fingerprint(db: &Db) -> Result<Option<String>, OpenError> {
    if db.is_new().await? {
        return Ok(None);
    }
    Ok(store::find(db.read()).await?.map(|settings| settings.root_key_fingerprint))
}

async fn create(
    db: &Db,
    root: &RootKey,
    setup_token: &SecretString,
    now_ms: i64,
    ids: &dyn Ids,
) -> Result<server_settings::Model, DbError> {
    let (jwt_key, token_hash_key) = Keys::generate(root);
    let mut settings = server_settings::Model {
        id: store::ID,
        instance_id: ids.v4(),
        is_initialized: false,
        root_key_fingerprint: root.fingerprint(),
        jwt_key,
        token_hash_key,
        setup_token_hash: None,
        allow_sign_up: false,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    let keys =
        Keys::open(RootKey::parse(root.to_base64().expose_secret()).map_err(|e| DbError::Other(e.to_string()))?, &settings)
            .map_err(|e| DbError::Other(e.to_string()))?;
    settings.setup_token_hash = Some(setup_token_hash(keys.tokens(), setup_token.expose_secret()).to_vec());
    let tx = db.begin().await?;
    keyferry_db::insert(&tx, settings.clone()).await?;
    tx.commit().await?;
    Ok(settings)
}

fn setup_token_hash(key: &TokenHashKey, token: &str) -> [u8; 32] {
    key.hash(SETUP_TOKEN, token.trim())
}

/// Whether the token is the one printed at the first start.
pub(super) fn is_setup_token(key: &TokenHashKey, settings: &server_settings::Model, token: &str) -> bool {
    settings.setup_token_hash.as_deref().is_some_and(|stored| constant_time_eq(stored, &setup_token_hash(key, token)))
}
