//! What names a folder by its path, and so loses it when it moves.

use std::collections::{BTreeSet, HashMap};

use keyferry_db::entities::environments;
use uuid::Uuid;

use super::{Place, Tree, place_of, subtree};
use crate::access::{self, Facts};
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;
use crate::paths::SecretPath;

/// What names a folder or one beneath it by its path, from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touching {
    /// Folders that import it: environment slug and path.
    pub imports: Vec<(String, SecretPath)>,
    /// Secrets that refer into it: environment slug, path and key.
    pub references: Vec<(String, SecretPath, String)>,
    /// Further ones that the caller may not see.
    pub hidden: usize,
}

/// Lists what names a folder of the caller's project, or one beneath it, by its path.
///
/// # Errors
/// When the caller may not enter the project, or the database does not answer.
pub async fn touching(app: &App, caller: &Caller, project_id: Uuid, folder_id: Uuid) -> Result<Touching> {
    let conn = app.db.read();
    let (_, ability) = access::project_ability(app, conn, caller, project_id).await?;
    let own = place_of(conn, folder_id).await?.filter(|place| place.folder.project_id == project_id);
    let Some(Place { environment, folder, .. }) = own else { return Ok(Touching::default()) };
    let below = subtree(conn, &folder).await?;
    let inside: BTreeSet<Uuid> = below.iter().map(|(folder, _)| folder.id).collect();
    let paths: BTreeSet<&str> = below.iter().map(|(_, path)| path.as_str()).collect();

    let places = places(app, project_id).await?;
    let mut found = Touching::default();
    for import in keyferry_db::secrets::places::imports(conn, project_id).await? {
        let is_meant = import.import_environment_id == environment.id && paths.contains(import.import_path.as_str());
        if !is_meant || inside.contains(&import.folder_id) {
            continue;
        }
        let Some((environment, path)) = places.get(&import.folder_id) else { continue };
        match ability.allows("read", "secret-imports", Facts::at(&environment.slug, path.as_str())) {
            true => found.imports.push((environment.slug.clone(), path.clone())),
            false => found.hidden += 1,
        }
    }
    for path in &paths {
        let secrets = keyferry_db::secrets::references::secrets_referring_into(conn, project_id, &environment.slug, path).await?;
        for secret in secrets.into_iter().filter(|secret| !inside.contains(&secret.folder_id)) {
            let Some((environment, path)) = places.get(&secret.folder_id) else { continue };
            let facts = Facts { secret_name: Some(&secret.key), ..Facts::at(&environment.slug, path.as_str()) };
            match ability.allows("describeSecret", "secrets", facts) {
                true => found.references.push((environment.slug.clone(), path.clone(), secret.key)),
                false => found.hidden += 1,
            }
        }
    }
    found.imports.sort();
    found.references.sort();
    found.references.dedup();
    Ok(found)
}

/// Every folder of a project with its environment and path.
async fn places(app: &App, project_id: Uuid) -> Result<HashMap<Uuid, (environments::Model, SecretPath)>> {
    let conn = app.db.read();
    let mut places = HashMap::new();
    for environment in keyferry_db::secrets::places::environments(conn, project_id).await? {
        let folders = keyferry_db::folders::list_by_environment(conn, environment.id).await?;
        let ids: Vec<Uuid> = folders.iter().map(|folder| folder.id).collect();
        let tree = Tree::of(folders);
        places.extend(ids.into_iter().filter_map(|id| Some((id, (environment.clone(), tree.path(id)?)))));
    }
    Ok(places)
}
