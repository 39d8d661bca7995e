//! Which folders show what another folder holds.

use std::collections::HashSet;

use keyferry_db::Conn;
use keyferry_db::secrets::{places, references};
use uuid::Uuid;

use crate::error::Result;
use crate::secrets::tree::Tree;

/// The folders whose contents change with those of a folder: folders that import it and folders of secrets that refer to a
/// secret in it, transitively; cycles are cut, the folder itself is not among them.
///
/// # Errors
/// When the database does not answer.
pub async fn dependents(
    conn: &impl Conn,
    project_id: Uuid,
    environment_slug: &str,
    path: &str,
    folder_id: Uuid,
) -> Result<Vec<Uuid>> {
    let imports = places::imports(conn, project_id).await?;
    let mut found = Vec::new();
    let mut seen = HashSet::from([folder_id]);
    let mut tree: Option<Tree> = None;
    let mut open = vec![(environment_slug.to_owned(), path.to_owned())];
    while let Some((environment, path)) = open.pop() {
        let mut near = references::folders_referring_to(conn, project_id, &environment, &path).await?;
        if imports.iter().any(|import| import.import_path == path) {
            let tree = match &mut tree {
                Some(tree) => tree,
                none => none.insert(Tree::load(conn, project_id).await?),
            };
            let is_here = |id: Uuid| tree.environment_slug(id).is_some_and(|slug| **slug == *environment);
            let importing = imports.iter().filter(|import| import.import_path == path && is_here(import.import_environment_id));
            near.extend(importing.map(|import| import.folder_id));
        }
        for folder_id in near {
            if !seen.insert(folder_id) {
                continue;
            }
            found.push(folder_id);
            let tree = match &mut tree {
                Some(tree) => tree,
                none => none.insert(Tree::load(conn, project_id).await?),
            };
            if let Some(at) = tree.folder(folder_id) {
                open.push((at.environment.to_string(), at.path.to_string()));
            }
        }
    }
    Ok(found)
}
