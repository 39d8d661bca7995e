//! Imports: a folder that takes part of its secrets from other folders (core API contract, section 11).

mod create;
mod delete;
mod list;
mod update;

pub use create::{CreateImport, create};
pub use delete::delete;
pub use list::{get, list};
pub use update::{UpdateImport, update};

use keyferry_db::Conn;
use keyferry_db::entities::{environments, secret_imports};

use crate::access::{Ability, Facts};
use crate::error::{Error, Result};
use crate::folders::Place;
use crate::paths::SecretPath;

/// The permission subject. Conditions compare the importing folder's environment and path.
const SUBJECT: &str = "secret-imports";

/// An import with the environment it imports from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The import.
    pub row: secret_imports::Model,
    /// Where it imports from.
    pub source: environments::Model,
}

/// Asks for an action on the imports of a folder.
fn require_right(ability: &Ability, action: &str, environment: &str, path: &SecretPath) -> Result<()> {
    ability.require(action, SUBJECT, Facts::at(environment, path.as_str()))
}

/// Whoever imports a folder must be allowed to know what is in it.
fn require_source_right(ability: &Ability, environment: &str, path: &SecretPath) -> Result<()> {
    ability.require("describeSecret", "secrets", Facts::at(environment, path.as_str()))
}

/// Refuses an import of the folder itself, and one of a folder that imports this one. Longer cycles are cut when read.
async fn refuse_cycle(conn: &impl Conn, target: &Place, source: &environments::Model, source_path: &SecretPath) -> Result<()> {
    let is_target = |environment_id, path: &str| environment_id == target.environment.id && path == target.path.as_str();
    if is_target(source.id, source_path.as_str()) {
        return Err(cyclic());
    }
    let Some(place) = crate::folders::resolve_in(conn, source.clone(), source_path).await? else { return Ok(()) };
    let back = keyferry_db::secret_imports::list(conn, place.folder.id).await?;
    match back.iter().any(|import| is_target(import.import_environment_id, &import.import_path)) {
        true => Err(cyclic()),
        false => Ok(()),
    }
}

/// Refuses a second import of the same source.
fn refuse_duplicate(siblings: &[secret_imports::Model], row: &secret_imports::Model) -> Result<()> {
    let is_same = |other: &secret_imports::Model| {
        other.id != row.id && other.import_environment_id == row.import_environment_id && other.import_path == row.import_path
    };
    match siblings.iter().any(is_same) {
        true => Err(Error::bad_request("Secret import already exists")),
        false => Ok(()),
    }
}

fn cyclic() -> Error {
    Error::bad_request("Cyclic import not allowed")
}

fn metadata(row: &secret_imports::Model, source: &environments::Model, target: &Place) -> serde_json::Value {
    serde_json::json!({
        "secretImportId": row.id, "folderId": row.folder_id,
        "importFromEnvironment": source.slug, "importFromSecretPath": row.import_path,
        "importToEnvironment": target.environment.slug, "importToSecretPath": target.path.as_str(),
        "position": row.position,
    })
}
