//! Secrets of imported folders (core API contract 11): each direct import is one entry, what it imports itself is folded in.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use keyferry_db::Conn;
use keyferry_db::entities::{secret_imports, secrets};
use uuid::Uuid;

use super::list::{Decorated, ListInput, list};
use super::reader::Reader;
use crate::access::Facts;
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;
use crate::secrets::model::{Location, Secret};
use crate::secrets::place::Spot;
use crate::secrets::tree::Tree;

/// An imported folder with its secrets.
pub struct ImportedFolder {
    /// Environment slug of the imported folder.
    pub environment: Arc<str>,
    /// Its path.
    pub path: Arc<str>,
    /// Its id.
    pub folder_id: Uuid,
    /// Its secrets, and those of folders that it imports where it has none of the same key; by key, then id.
    pub secrets: Vec<Secret>,
}

/// The imported folders of a folder with their secrets, references expanded.
///
/// # Errors
/// As [`list`].
pub async fn list_imported(app: &App, caller: &Caller, at: Location) -> Result<Vec<ImportedFolder>> {
    let input = ListInput { include_imports: true, expand_references: true, ..ListInput::new(at) };
    Ok(list(app, caller, &input).await?.imports)
}

/// The imports of a project by importing folder, resolved to folders that exist; a later one wins.
pub(in crate::secrets) struct Imports(HashMap<Uuid, Vec<Uuid>>);

impl Imports {
    pub(in crate::secrets) async fn load(conn: &impl Conn, project_id: Uuid, tree: &Tree) -> Result<Self> {
        let mut by_folder: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
        for import in keyferry_db::secrets::places::imports(conn, project_id).await? {
            if let Some(source) = source_folder(tree, &import) {
                by_folder.entry(import.folder_id).or_default().push(source);
            }
        }
        Ok(Self(by_folder))
    }

    /// The folders that a folder imports, in their order.
    pub(in crate::secrets) fn direct(&self, folder_id: Uuid) -> &[Uuid] {
        self.0.get(&folder_id).map_or(&[], Vec::as_slice)
    }

    /// A folder and all that it imports, the strongest first; cycles are cut.
    pub(in crate::secrets) fn flattened(&self, folder_id: Uuid) -> Vec<Uuid> {
        let mut order = Vec::new();
        let mut seen = HashSet::new();
        let mut open = vec![folder_id];
        while let Some(folder) = open.pop() {
            if seen.insert(folder) {
                order.push(folder);
                // The last import is popped first, so it comes before the weaker ones.
                open.extend(self.direct(folder));
            }
        }
        order
    }
}

fn source_folder(tree: &Tree, import: &secret_imports::Model) -> Option<Uuid> {
    tree.find(tree.environment_slug(import.import_environment_id)?, &import.import_path)
}

pub(super) async fn of_folders(
    reader: &Reader<'_>,
    conn: &impl Conn,
    input: &ListInput,
    spot: &Spot,
    tree: &Tree,
    folder_ids: &[Uuid],
) -> Result<Vec<ImportedFolder>> {
    let imports = Imports::load(conn, reader.project.id, tree).await?;
    let direct: Vec<Uuid> = folder_ids.iter().flat_map(|id| imports.direct(*id)).copied().collect();
    let needed: HashSet<Uuid> = direct.iter().flat_map(|id| imports.flattened(*id)).collect();
    let needed: Vec<Uuid> = needed.into_iter().collect();
    let decorated = Decorated::load(reader, conn, spot, &needed).await?;
    let mut by_folder: HashMap<Uuid, Vec<secrets::Model>> = HashMap::new();
    for row in keyferry_db::secrets::list_in_folders(conn, &needed, &[Uuid::nil()]).await? {
        by_folder.entry(row.folder_id).or_default().push(row);
    }
    let mut entries = Vec::new();
    for source in direct {
        let Some(at) = tree.folder(source) else { continue };
        if !reader.may("describeSecret", Facts::at(&at.environment, &at.path)) {
            continue;
        }
        let mut keys = HashSet::new();
        let mut secrets = Vec::new();
        for folder_id in imports.flattened(source) {
            let Some(at) = tree.folder(folder_id) else { continue };
            for row in by_folder.get(&folder_id).into_iter().flatten() {
                let facts = Facts::secret(&at.environment, &at.path, &row.key, decorated.tags.slugs(row.id));
                let is_allowed = reader.may("describeSecret", facts) && (!input.view_value || reader.may("readValue", facts));
                if is_allowed && decorated.passes(input, row.id) && keys.insert(row.key.clone()) {
                    secrets.push(decorated.secret(reader, row.clone(), &at.environment, &at.path, input.view_value)?);
                }
            }
        }
        secrets.sort_by(|a, b| a.key.cmp(&b.key).then(a.id.cmp(&b.id)));
        entries.push(ImportedFolder {
            environment: Arc::clone(&at.environment),
            path: Arc::clone(&at.path),
            folder_id: source,
            secrets,
        });
    }
    Ok(entries)
}
