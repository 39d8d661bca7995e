//! The folders under a path.

use keyferry_db::entities::folders;
use uuid::Uuid;

use super::{SUBJECT, Tree, parent_path, require, require_right};
use crate::access::{self, Facts};
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;
use crate::paths::SecretPath;

/// Which folders.
#[derive(Clone, Debug)]
pub struct ListFolders {
    /// The project.
    pub project_id: Uuid,
    /// Slug of the environment.
    pub environment: String,
    /// Their parent.
    pub path: SecretPath,
    /// Whether folders of folders are listed too.
    pub recursive: bool,
    /// Only folders whose secrets changed at or after this time, in milliseconds since the Unix epoch.
    pub last_secret_modified_ms: Option<i64>,
}

/// A folder in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The folder.
    pub folder: folders::Model,
    /// Where it lies.
    pub path: SecretPath,
    /// The path from the listed folder on, with a leading slash.
    pub relative_path: String,
}

/// The folders under a path, by name; with `recursive` parents before children, without those that the caller may not see.
///
/// # Errors
/// 404 for an unknown environment or path, 403 without `read` at the path.
pub async fn list(app: &App, caller: &Caller, input: ListFolders) -> Result<Vec<Listed>> {
    let conn = app.db.read();
    let (_, ability) = access::project_ability(app, conn, caller, input.project_id).await?;
    require_right(&ability, "read", &input.environment, &input.path)?;
    let parent = require(conn, input.project_id, &input.environment, &input.path, "GetFolders").await?;
    let found: Vec<(folders::Model, SecretPath)> = if input.recursive {
        let tree = Tree::load(conn, parent.environment.id).await?;
        let below = tree.subtree(parent.folder.id).into_iter().skip(1);
        below
            .filter(|(_, path)| ability.allows("read", SUBJECT, Facts::at(&input.environment, parent_path(path).as_str())))
            .collect()
    } else {
        let children = keyferry_db::folders::children(conn, parent.folder.id).await?;
        children
            .into_iter()
            .map(|folder| {
                let path = parent.path.join(&folder.name);
                (folder, path)
            })
            .collect()
    };
    let base = if parent.path.is_root() { 0 } else { parent.path.as_str().len() };
    Ok(found
        .into_iter()
        .filter(|(folder, _)| {
            input.last_secret_modified_ms.is_none_or(|since| folder.last_secret_modified_at_ms.is_some_and(|at| at >= since))
        })
        .map(|(folder, path)| Listed { folder, relative_path: path.as_str()[base..].to_owned(), path })
        .collect())
}
