//! Which secrets refer to a secret.

use std::collections::HashSet;

use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::get::{GetInput, get};
use super::reader::Reader;
use super::reference_tree::ReferenceNode;
use crate::access::Facts;
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;
use crate::secrets::model::Location;
use crate::secrets::references::{Piece, Target, pieces};
use crate::secrets::tree::Tree;

/// How many nodes a tree holds at most.
const MAX_NODES: usize = 500;

/// The secrets that refer to this one, and those that refer to them, without values. Only what the caller may know of appears.
///
/// # Errors
/// As [`get`]; the value itself is not needed.
pub async fn dependency_tree(app: &App, caller: &Caller, at: Location, key: &str) -> Result<ReferenceNode> {
    let conn = app.db.read();
    let reader = Reader::new(app, conn, caller, at.project_id).await?;
    let input = GetInput { view_value: false, ..GetInput::new(at, key) };
    let secret = get(app, caller, &input).await?;
    let tree = Tree::load(conn, secret.project_id).await?;

    // Breadth first into a flat list; the nodes are joined afterwards, children before parents.
    struct Found {
        folder_id: Uuid,
        key: String,
        parent: usize,
    }
    let mut found = vec![Found { folder_id: secret.folder_id, key: secret.key.clone(), parent: 0 }];
    let mut seen: HashSet<Uuid> = HashSet::from([secret.id]);
    let mut next = 0;
    while next < found.len() && found.len() < MAX_NODES {
        let (folder_id, key) = (found[next].folder_id, found[next].key.clone());
        if let Some(folder) = tree.folder(folder_id) {
            let mut rows = keyferry_db::secrets::references::secrets_referring_to(
                conn,
                secret.project_id,
                &folder.environment,
                &folder.path,
                &key,
            )
            .await?;
            rows.extend(keyferry_db::secrets::with_references_in(conn, folder_id).await?);
            rows.sort_by(|a, b| a.key.cmp(&b.key).then(a.id.cmp(&b.id)));
            for row in rows.into_iter().filter(|row| row.owner_id.is_nil()) {
                let Some(by) = tree.folder(row.folder_id) else { continue };
                let facts = Facts { secret_name: Some(&row.key), ..Facts::at(&by.environment, &by.path) };
                if !reader.may("describeSecret", facts) || seen.contains(&row.id) {
                    continue;
                }
                let value = reader.opener().value(&row)?;
                let refers = pieces(value.expose_secret()).any(|piece| match piece {
                    Piece::Reference { target: Target::Local(name), .. } => row.folder_id == folder_id && name == key,
                    Piece::Reference { target: Target::Absolute { environment, path, key: name }, .. } => {
                        environment == &*folder.environment && path == *folder.path && name == key
                    }
                    Piece::Text(_) => false,
                });
                if refers && seen.insert(row.id) {
                    found.push(Found { folder_id: row.folder_id, key: row.key, parent: next });
                }
            }
        }
        next += 1;
    }
    let mut nodes: Vec<Vec<ReferenceNode>> = found.iter().map(|_| Vec::new()).collect();
    for index in (1..found.len()).rev() {
        let mut children = std::mem::take(&mut nodes[index]);
        children.reverse();
        let (environment, path) = tree
            .folder(found[index].folder_id)
            .map_or_else(Default::default, |at| (at.environment.to_string(), at.path.to_string()));
        let node = ReferenceNode { key: found[index].key.clone(), value: None, environment, path, children };
        nodes[found[index].parent].push(node);
    }
    let mut children = std::mem::take(&mut nodes[0]);
    children.reverse();
    Ok(ReferenceNode {
        key: secret.key,
        value: None,
        environment: secret.environment.to_string(),
        path: secret.path.to_string(),
        children,
    })
}
