//! Keys that a project keeps here and uses from elsewhere (core API contract, section 14.1): what they encrypt, decrypt, sign and
//! verify is sent in; the keys themselves never leave. At rest a key is an envelope under its project's data key.

mod algorithm;
mod create;
mod encrypt;
mod manage;
mod read;
mod sign;

/// A key's row; `material` in it is sealed.
pub use keyferry_db::entities::kms_keys::Model as Key;

pub use algorithm::{Algorithm, SigningAlgorithm, Usage};
pub use create::{CreateKey, create};
pub use encrypt::{decrypt, encrypt};
pub use manage::{UpdateKey, delete, update};
pub use read::{List, get, get_by_name, list};
pub use sign::{Verify, public_key, sign, signing_algorithms, verify};

use keyferry_crypto::{ManagedKey, ManagedKeyError};
use keyferry_db::Conn;
use serde_json::json;
use uuid::Uuid;

use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::Event;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::keys::{Place, Scope};

/// The permission subject.
const SUBJECT: &str = "cmek";
/// Keys a project may have.
const MAX_PER_PROJECT: u64 = 1_000;

/// The key of any project of the caller, if the caller may do this to it. A key of another organization is as unknown as one
/// that does not exist.
async fn find_permitted(app: &App, caller: &Caller, id: Uuid, action: &str) -> Result<Key> {
    let conn = app.db.read();
    let row = keyferry_db::find_by_id::<Key>(conn, id)
        .await?
        .filter(|row| caller.org_id == Some(row.org_id))
        .ok_or_else(|| not_found(id))?;
    let (_, ability) = access::project_ability(app, conn, caller, row.project_id).await?;
    ability.require(action, SUBJECT, Facts::any())?;
    Ok(row)
}

fn not_found(id: Uuid) -> Error {
    Error::not_found(format!("Key with ID '{id}' not found"))
}

fn place(row: &Key) -> Place<'static> {
    Place { table: "kms_keys", column: "material", row_id: row.id, version: row.version }
}

fn scope(row: &Key) -> Scope {
    Scope::Project { org_id: row.org_id, project_id: row.project_id }
}

/// Refuses a key that is disabled or made for something else.
fn require_usable(row: &Key, usage: Usage, doing: &str) -> Result<()> {
    if row.is_disabled {
        return Err(Error::bad_request("Key is disabled"));
    }
    if Usage::parse(&row.key_usage) != Some(usage) {
        return Err(Error::bad_request(format!("This key is for {}; it cannot {doing}", row.key_usage)));
    }
    Ok(())
}

async fn open(app: &App, conn: &impl Conn, row: &Key) -> Result<ManagedKey> {
    let keys = app.keys.scope(conn, scope(row)).await?;
    let material = keys.open_bytes(place(row), &row.material)?;
    Ok(ManagedKey::from_material(algorithm(row)?.managed(), material))
}

fn algorithm(row: &Key) -> Result<Algorithm> {
    Algorithm::parse(&row.encryption_algorithm).ok_or_else(|| Error::internal("a stored key has an unknown algorithm"))
}

fn event(caller: &Caller, row: &Key, kind: &'static str) -> Event {
    let metadata = json!({
        "keyId": row.id, "name": row.name, "keyUsage": row.key_usage, "encryptionAlgorithm": row.encryption_algorithm,
        "isDisabled": row.is_disabled,
    });
    Event::project(caller, row.project_id, kind, metadata)
}

/// What the library refused, in words for the caller where it is the caller's doing.
fn key_error(error: ManagedKeyError) -> Error {
    match error {
        ManagedKeyError::DigestLength { .. } => Error::bad_request(format!("The data is no digest: {error}")),
        ManagedKeyError::Operation | ManagedKeyError::Unusable => Error::internal(error),
    }
}

/// Work that takes a processor for a while, off the threads that serve requests.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}
