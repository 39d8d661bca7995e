//! Making the folders of a path exist.

use keyferry_db::WriteTx;
use keyferry_db::entities::{environments, folders};
use uuid::Uuid;

use super::lookup::Place;
use crate::app::App;
use crate::error::{Error, Result};
use crate::paths::SecretPath;

/// The name of every environment's topmost folder; it is not part of paths.
pub const ROOT_NAME: &str = "root";

/// The longest name of a folder; longer ones do not fit into an index entry.
const MAX_NAME_BYTES: usize = 255;

/// Whether the text may name a folder (core API contract 9).
#[must_use]
pub fn is_valid_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_NAME_BYTES && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// A new folder row, not stored yet.
pub(crate) fn new_folder(app: &App, environment: &environments::Model, parent_id: Option<Uuid>, name: &str) -> folders::Model {
    let now_ms = app.now_ms();
    folders::Model {
        id: app.ids.v4(),
        project_id: environment.project_id,
        environment_id: environment.id,
        parent_id,
        name: name.to_owned(),
        version: 1,
        description: None,
        is_reserved: false,
        last_secret_modified_at_ms: None,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    }
}

/// The folder at a path, with every missing folder on the way created; the second part tells which are new, parents first.
/// The caller holds the project's lock.
///
/// # Errors
/// [`Error::BadRequest`] when a missing folder's name is not allowed.
pub async fn ensure_path(
    app: &App,
    tx: &WriteTx,
    environment: environments::Model,
    path: &SecretPath,
) -> Result<(Place, Vec<folders::Model>)> {
    let mut created = Vec::new();
    let mut at = match keyferry_db::folders::root(tx, environment.id).await? {
        Some(root) => root,
        None => insert(app, tx, &environment, None, ROOT_NAME).await?,
    };
    for name in path.segments() {
        let existing = match created.is_empty() {
            true => keyferry_db::folders::find_child(tx, at.id, name).await?,
            false => None,
        };
        at = match existing {
            Some(folder) => folder,
            None => {
                if !is_valid_name(name) {
                    return Err(invalid_name());
                }
                let folder = insert(app, tx, &environment, Some(at.id), name).await?;
                created.push(folder.clone());
                folder
            }
        };
    }
    Ok((Place { environment, folder: at, path: path.clone() }, created))
}

/// 400 for a name that is not allowed; the API refuses it as 422 before.
#[must_use]
pub fn invalid_name() -> Error {
    Error::bad_request("Invalid folder name. Only alphanumeric characters, dashes, and underscores are allowed.")
}

async fn insert(
    app: &App,
    tx: &WriteTx,
    environment: &environments::Model,
    parent_id: Option<Uuid>,
    name: &str,
) -> Result<folders::Model> {
    let folder = new_folder(app, environment, parent_id, name);
    keyferry_db::insert(tx, folder.clone()).await?;
    Ok(folder)
}
