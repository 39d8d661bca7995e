//! Folders: the tree in an environment, from paths to rows and back (core API contract, section 9).

mod create;
mod delete;
mod ensure;
mod get;
mod list;
mod lookup;
mod move_folder;
mod touching;
mod update;

pub use create::{CreateFolder, create};
pub use delete::delete;
pub(crate) use delete::remove;
pub(crate) use ensure::new_folder;
pub use ensure::{ROOT_NAME, ensure_path, invalid_name, is_valid_name};
pub use get::{get, get_by_path};
pub use list::{ListFolders, Listed, list};
pub use lookup::{Place, Tree, folder_missing, path_of, place_of, require, resolve, resolve_in, subtree};
pub use move_folder::{MoveFolder, move_folder};
pub use touching::{Touching, touching};
pub(crate) use update::{NewName, rename_to};
pub use update::{UpdateFolder, update, update_batch};

use keyferry_db::entities::folders;
pub use keyferry_db::entities::folders::Model as Folder;
use keyferry_db::{Conn, WriteTx};
use uuid::Uuid;

use crate::access::{Ability, Facts};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::paths::SecretPath;
use crate::secrets::commits::Log;

/// The permission subject. Conditions compare the environment and the parent's path.
const SUBJECT: &str = "secret-folders";

/// A change of folders under way: who makes it, in which transaction, and the log of it.
#[derive(Clone, Copy)]
pub(crate) struct Change<'a> {
    pub(crate) app: &'a App,
    pub(crate) tx: &'a WriteTx,
    pub(crate) caller: &'a Caller,
    pub(crate) ability: &'a Ability,
    pub(crate) log: &'a Log,
}

/// Asks for an action on folders that lie directly under a path.
fn require_right(ability: &Ability, action: &str, environment: &str, parent: &SecretPath) -> Result<()> {
    ability.require(action, SUBJECT, Facts::at(environment, parent.as_str()))
}

/// The folder under a parent behind what clients put in the path: an id or, as the CLI does, a name.
async fn find_child(conn: &impl Conn, parent: &Place, id_or_name: &str) -> Result<folders::Model> {
    if let Ok(id) = Uuid::parse_str(id_or_name)
        && let Some(folder) = keyferry_db::folders::find_in_project(conn, parent.folder.project_id, id).await?
        && folder.parent_id == Some(parent.folder.id)
    {
        return Ok(folder);
    }
    keyferry_db::folders::find_child(conn, parent.folder.id, id_or_name).await?.ok_or_else(|| not_found(id_or_name))
}

fn not_found(id: impl std::fmt::Display) -> Error {
    Error::not_found(format!("Folder with ID '{id}' not found"))
}

/// The path of the folder's parent; the root counts as its own.
fn parent_path(path: &SecretPath) -> SecretPath {
    let names: Vec<&str> = path.segments().collect();
    SecretPath::from_names(names.iter().take(names.len().saturating_sub(1)).copied())
}
