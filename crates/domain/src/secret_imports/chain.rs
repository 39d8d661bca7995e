//! What a folder's imports come to, with imports of imported folders.

use std::collections::{HashMap, HashSet};

use keyferry_db::Conn;
use keyferry_db::entities::{environments, secret_imports};
use uuid::Uuid;

use crate::error::Result;
use crate::folders::{self, Place};
use crate::paths::SecretPath;

/// One direct import of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The import.
    pub import: secret_imports::Model,
    /// The environment it imports from.
    pub environment: environments::Model,
    /// The path it imports from.
    pub path: SecretPath,
    /// Where its secrets lie, first wins: the imported folder itself, then what that imports, each folder once. Empty while the
    /// source does not exist.
    pub sources: Vec<Place>,
}

/// The imports of a folder, lowest position first, so that the last wins among them. Replications are left out. Permissions are
/// not checked: the reader asks for each of the `sources`.
///
/// # Errors
/// When the database does not answer.
pub async fn resolve_chain(conn: &impl Conn, folder_id: Uuid) -> Result<Vec<Imported>> {
    let direct = keyferry_db::secret_imports::list(conn, folder_id).await?;
    let Some(project_id) = direct.first().map(|import| import.project_id) else { return Ok(Vec::new()) };
    let mut reader = Reader::load(conn, project_id).await?;
    let mut resolved = Vec::with_capacity(direct.len());
    for import in direct.into_iter().filter(|import| !import.is_replication) {
        let Some(environment) = reader.environments.get(&import.import_environment_id).cloned() else { continue };
        let path = SecretPath::parse(&import.import_path)?;
        let sources = reader.sources(conn, folder_id, &import).await?;
        resolved.push(Imported { import, environment, path, sources });
    }
    Ok(resolved)
}

/// The project's imports in memory, and the folders met so far.
struct Reader {
    environments: HashMap<Uuid, environments::Model>,
    imports: HashMap<Uuid, Vec<secret_imports::Model>>,
    places: HashMap<(Uuid, String), Option<Place>>,
}

impl Reader {
    async fn load(conn: &impl Conn, project_id: Uuid) -> Result<Self> {
        let environments =
            keyferry_db::environments::list(conn, project_id).await?.into_iter().map(|e| (e.id, e)).collect();
        let mut imports: HashMap<Uuid, Vec<_>> = HashMap::new();
        for import in keyferry_db::secret_imports::list_by_project(conn, project_id).await? {
            imports.entry(import.folder_id).or_default().push(import);
        }
        Ok(Self { environments, imports, places: HashMap::new() })
    }

    async fn place(&mut self, conn: &impl Conn, import: &secret_imports::Model) -> Result<Option<Place>> {
        let key = (import.import_environment_id, import.import_path.clone());
        if let Some(known) = self.places.get(&key) {
            return Ok(known.clone());
        }
        let place = match self.environments.get(&import.import_environment_id) {
            Some(environment) => {
                let path = SecretPath::parse(&import.import_path)?;
                folders::resolve_in(conn, environment.clone(), &path).await?
            }
            None => None,
        };
        self.places.insert(key, place.clone());
        Ok(place)
    }

    /// Depth first, the highest position first. A folder met before has precedence over itself, so it is not entered again;
    /// that also cuts cycles.
    async fn sources(&mut self, conn: &impl Conn, importer: Uuid, import: &secret_imports::Model) -> Result<Vec<Place>> {
        let mut met = HashSet::from([importer]);
        let mut found = Vec::new();
        let mut waiting = vec![import.clone()];
        while let Some(next) = waiting.pop() {
            let Some(place) = self.place(conn, &next).await? else { continue };
            if !met.insert(place.folder.id) {
                continue;
            }
            // Lowest position first onto the stack, so that the highest is taken first.
            let nested = self.imports.get(&place.folder.id).into_iter().flatten();
            waiting.extend(nested.filter(|import| !import.is_replication).cloned());
            found.push(place);
        }
        Ok(found)
    }
}
