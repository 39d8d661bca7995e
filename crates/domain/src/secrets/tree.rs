//! All environments and folders of a project, for whatever crosses folders: references, imports, subfolders.

use std::collections::HashMap;
use std::sync::Arc;

use keyferry_db::Conn;
use keyferry_db::secrets::places;
use uuid::Uuid;

use crate::error::Result;

/// A folder with its place.
pub(super) struct Folder {
    pub(super) environment: Arc<str>,
    pub(super) path: Arc<str>,
}

/// The tree of a project.
pub(super) struct Tree {
    environment_slugs: HashMap<Uuid, Arc<str>>,
    folders: HashMap<Uuid, Folder>,
    children: HashMap<Uuid, Vec<Uuid>>,
    by_place: HashMap<(Arc<str>, Arc<str>), Uuid>,
}

impl Tree {
    pub(super) async fn load(conn: &impl Conn, project_id: Uuid) -> Result<Self> {
        let environment_slugs: HashMap<Uuid, Arc<str>> = places::environments(conn, project_id)
            .await?
            .into_iter()
            .map(|environment| (environment.id, Arc::from(environment.slug)))
            .collect();
        let rows = places::folders(conn, project_id).await?;
        let mut tree = Self { environment_slugs, folders: HashMap::new(), children: HashMap::new(), by_place: HashMap::new() };
        let mut below: HashMap<Option<Uuid>, Vec<_>> = HashMap::new();
        for row in rows {
            below.entry(row.parent_id).or_default().push(row);
        }
        let mut open: Vec<(Arc<str>, keyferry_db::entities::folders::Model)> =
            below.remove(&None).unwrap_or_default().into_iter().map(|root| (Arc::from("/"), root)).collect();
        while let Some((path, row)) = open.pop() {
            let Some(environment) = tree.environment_slugs.get(&row.environment_id).cloned() else { continue };
            for child in below.remove(&Some(row.id)).unwrap_or_default() {
                let child_path = if &*path == "/" { format!("/{}", child.name) } else { format!("{path}/{}", child.name) };
                tree.children.entry(row.id).or_default().push(child.id);
                open.push((Arc::from(child_path), child));
            }
            tree.by_place.insert((Arc::clone(&environment), Arc::clone(&path)), row.id);
            tree.folders.insert(row.id, Folder { environment, path });
        }
        Ok(tree)
    }

    /// The folder at a place.
    pub(super) fn find(&self, environment: &str, path: &str) -> Option<Uuid> {
        self.by_place.get(&(Arc::from(environment), Arc::from(path))).copied()
    }

    /// Whether the project has an environment of this slug.
    pub(super) fn has_environment(&self, slug: &str) -> bool {
        self.environment_slugs.values().any(|own| &**own == slug)
    }

    /// The slug of an environment.
    pub(super) fn environment_slug(&self, id: Uuid) -> Option<&Arc<str>> {
        self.environment_slugs.get(&id)
    }

    /// The place of a folder.
    pub(super) fn folder(&self, id: Uuid) -> Option<&Folder> {
        self.folders.get(&id)
    }

    /// A folder and everything below it, by path.
    pub(super) fn subtree(&self, id: Uuid) -> Vec<Uuid> {
        let mut found = Vec::new();
        let mut open = vec![id];
        while let Some(folder) = open.pop() {
            if self.folders.contains_key(&folder) {
                found.push(folder);
            }
            open.extend(self.children.get(&folder).into_iter().flatten());
        }
        found.sort_by(|a, b| self.folders[a].path.cmp(&self.folders[b].path));
        found
    }
}
