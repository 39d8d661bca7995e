//! From paths to folders and back.

use std::collections::HashMap;

use keyferry_db::Conn;
use keyferry_db::entities::{environments, folders};
use uuid::Uuid;

use crate::environments::environment_missing;
use crate::error::{Error, Result};
use crate::paths::SecretPath;

/// A folder that exists, with its environment and its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The environment.
    pub environment: environments::Model,
    /// The folder.
    pub folder: folders::Model,
    /// Where the folder lies in the environment.
    pub path: SecretPath,
}

/// The folder at a path; `None` when the environment or a folder on the way is missing. Two queries.
///
/// # Errors
/// When the database does not answer.
pub async fn resolve(conn: &impl Conn, project_id: Uuid, environment_slug: &str, path: &SecretPath) -> Result<Option<Place>> {
    let Some(environment) = keyferry_db::environments::find_by_slug(conn, project_id, environment_slug).await? else {
        return Ok(None);
    };
    resolve_in(conn, environment, path).await
}

/// Like [`resolve`], in an environment already at hand.
///
/// # Errors
/// When the database does not answer.
pub async fn resolve_in(conn: &impl Conn, environment: environments::Model, path: &SecretPath) -> Result<Option<Place>> {
    let names: Vec<&str> = path.segments().collect();
    let folder = keyferry_db::folders::descend(conn, environment.id, &names).await?;
    Ok(folder.map(|folder| Place { environment, folder, path: path.clone() }))
}

/// Like [`resolve`], with the contract's refusals.
///
/// # Errors
/// 404 for an unknown environment, and for an unknown folder; `name` is the envelope's `error` field.
pub async fn require(conn: &impl Conn, project_id: Uuid, environment_slug: &str, path: &SecretPath, name: &str) -> Result<Place> {
    let environment = keyferry_db::environments::find_by_slug(conn, project_id, environment_slug)
        .await?
        .ok_or_else(|| environment_missing(name, environment_slug, project_id))?;
    resolve_in(conn, environment, path).await?.ok_or_else(|| folder_missing(name, environment_slug, path))
}

/// 404 for a path without a folder (core API contract 9).
#[must_use]
pub fn folder_missing(name: &str, environment_slug: &str, path: &SecretPath) -> Error {
    Error::not_found_named(name, format!("Folder with path '{path}' in environment with slug '{environment_slug}' not found"))
}

/// Where a folder lies now, whatever it and its parents were called before; `None` when it is gone.
///
/// # Errors
/// When the database does not answer.
pub async fn path_of(conn: &impl Conn, folder_id: Uuid) -> Result<Option<(environments::Model, SecretPath)>> {
    Ok(place_of(conn, folder_id).await?.map(|place| (place.environment, place.path)))
}

/// Like [`path_of`], with the folder itself.
///
/// # Errors
/// When the database does not answer.
pub async fn place_of(conn: &impl Conn, folder_id: Uuid) -> Result<Option<Place>> {
    let Some(folder) = keyferry_db::find_by_id::<folders::Model>(conn, folder_id).await? else { return Ok(None) };
    let Some(environment) = keyferry_db::find_by_id::<environments::Model>(conn, folder.environment_id).await? else {
        return Ok(None);
    };
    let mut names = Vec::new();
    let mut parent_id = folder.parent_id;
    if parent_id.is_some() {
        names.push(folder.name.clone());
    }
    while let Some(id) = parent_id {
        let Some(parent) = keyferry_db::find_by_id::<folders::Model>(conn, id).await? else { return Ok(None) };
        parent_id = parent.parent_id;
        if parent_id.is_some() {
            names.push(parent.name);
        }
    }
    let path = SecretPath::from_names(names.iter().rev().map(String::as_str));
    Ok(Some(Place { environment, folder, path }))
}

/// A folder and everything below it, each with its path, parents before children and siblings by name. One query.
///
/// # Errors
/// When the database does not answer.
pub async fn subtree(conn: &impl Conn, folder: &folders::Model) -> Result<Vec<(folders::Model, SecretPath)>> {
    let tree = Tree::load(conn, folder.environment_id).await?;
    Ok(tree.subtree(folder.id))
}

/// The folders of one environment in memory.
pub struct Tree {
    folders: HashMap<Uuid, folders::Model>,
    children: HashMap<Uuid, Vec<Uuid>>,
}

impl Tree {
    /// Reads all folders of an environment in one query.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(conn: &impl Conn, environment_id: Uuid) -> Result<Self> {
        Ok(Self::of(keyferry_db::folders::list_by_environment(conn, environment_id).await?))
    }

    /// From the folders of one environment.
    #[must_use]
    pub fn of(list: Vec<folders::Model>) -> Self {
        let mut tree = Self { folders: HashMap::with_capacity(list.len()), children: HashMap::new() };
        for folder in list {
            if let Some(parent) = folder.parent_id {
                tree.children.entry(parent).or_default().push(folder.id);
            }
            tree.folders.insert(folder.id, folder);
        }
        tree
    }

    /// The path of a folder.
    #[must_use]
    pub fn path(&self, folder_id: Uuid) -> Option<SecretPath> {
        let mut names = Vec::new();
        let mut at = self.folders.get(&folder_id)?;
        while let Some(parent) = at.parent_id {
            names.push(at.name.as_str());
            at = self.folders.get(&parent)?;
        }
        Some(SecretPath::from_names(names.into_iter().rev()))
    }

    /// A folder and everything below it, parents before children.
    #[must_use]
    pub fn subtree(&self, folder_id: Uuid) -> Vec<(folders::Model, SecretPath)> {
        let mut found = Vec::new();
        let Some(path) = self.path(folder_id) else { return found };
        let mut waiting = vec![(folder_id, path)];
        while let Some((id, path)) = waiting.pop() {
            let Some(folder) = self.folders.get(&id) else { continue };
            for child in self.children.get(&id).into_iter().flatten().rev() {
                if let Some(child) = self.folders.get(child) {
                    waiting.push((child.id, path.join(&child.name)));
                }
            }
            found.push((folder.clone(), path));
        }
        found
    }
}
