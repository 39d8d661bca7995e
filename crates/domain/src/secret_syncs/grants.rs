//! With whose right a sync runs. Whoever creates, changes or triggers one must be able to read what it carries away; the places
//! that were reached then are its grant, and a run takes nothing from elsewhere. Otherwise whoever may write an import or a
//! reference could carry off any secret with somebody else's sync.

use std::collections::{BTreeSet, HashMap, HashSet};

use keyferry_db::Conn;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{SyncOptions, UnresolvedReferences};
use crate::access::{self, Ability, Facts};
use crate::app::App;
use crate::caller::{Actor, Caller, Origin};
use crate::error::{Error, Result};
use crate::folders::{self, Place};
use crate::paths::SecretPath;
use crate::secrets::source::{self, Source, SourceOptions};

/// A place as the grant keeps it: by name, and by id so that a renamed folder stays granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GrantedPlace {
    environment: String,
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    folder_id: Option<Uuid>,
}

/// Who gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Grantor {
    r#type: String,
    id: Option<Uuid>,
}

/// `secret_syncs.grants`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stored {
    by: Grantor,
    places: Vec<GrantedPlace>,
}

/// The options under which the source of a sync is read.
pub(super) fn source_options(options: &SyncOptions, includes_sub_folders: bool) -> SourceOptions {
    SourceOptions {
        include_subfolders: includes_sub_folders,
        unresolved_references: match options.unresolved_references {
            UnresolvedReferences::Block => source::UnresolvedReferences::Block,
            UnresolvedReferences::Literal => source::UnresolvedReferences::Literal,
        },
    }
}

/// Asks whether the caller may read the values of a source and of everything reached from it, and answers the grant to store
/// with the sync (JSON).
///
/// # Errors
/// [`Error::PermissionDenied`] for the first secret or place that the caller may not read; 404 when the folder is gone.
pub async fn check_and_collect(
    app: &App,
    conn: &impl Conn,
    caller: &Caller,
    project_id: Uuid,
    folder_id: Uuid,
    options: SourceOptions,
) -> Result<String> {
    let (_, ability) = access::project_ability(app, conn, caller, project_id).await?;
    let own = folders::place_of(conn, folder_id)
        .await?
        .filter(|place| place.folder.project_id == project_id)
        .ok_or_else(|| Error::not_found(format!("Folder with ID '{folder_id}' not found")))?;
    let source = source::load(app, conn, project_id, folder_id, options).await?;
    let mut places = BTreeSet::from([(own.environment.slug.clone(), own.path.as_str().to_owned())]);
    places.extend(source.reached.iter().cloned());
    places.extend(source.secrets.iter().map(|secret| (secret.environment.clone(), secret.path.clone())));
    for (environment, path) in &places {
        ability.require("readValue", "secrets", Facts::at(environment, path))?;
    }
    require_each(conn, &ability, project_id, &source).await?;

    let mut granted = Vec::with_capacity(places.len());
    for (environment, path) in places {
        let folder_id = folder_at(conn, project_id, &environment, &path).await?;
        granted.push(GrantedPlace { environment, path, folder_id });
    }
    let by = Grantor { r#type: caller.actor.kind().to_owned(), id: caller.actor.id() };
    serde_json::to_string(&Stored { by, places: granted }).map_err(Error::internal)
}

/// Roles may tell secrets apart by name and tag, so each is asked for.
async fn require_each(conn: &impl Conn, ability: &Ability, project_id: Uuid, source: &Source) -> Result<()> {
    let ids: Vec<Uuid> = source.secrets.iter().map(|secret| secret.secret_id).collect();
    let mut tags: HashMap<Uuid, Vec<String>> = HashMap::new();
    let known = keyferry_db::secrets::tags::of_project(conn, project_id).await?;
    if !known.is_empty() {
        let slugs: HashMap<Uuid, String> = known.into_iter().map(|tag| (tag.id, tag.slug)).collect();
        for link in keyferry_db::secrets::tags::of_secrets(conn, &ids).await? {
            tags.entry(link.secret_id).or_default().extend(slugs.get(&link.tag_id).cloned());
        }
    }
    for secret in &source.secrets {
        let tags = tags.get(&secret.secret_id).map_or(&[][..], Vec::as_slice);
        ability.require("readValue", "secrets", Facts::secret(&secret.environment, &secret.path, &secret.secret_key, tags))?;
    }
    Ok(())
}

async fn folder_at(conn: &impl Conn, project_id: Uuid, environment: &str, path: &str) -> Result<Option<Uuid>> {
    let path = SecretPath::parse(path)?;
    Ok(folders::resolve(conn, project_id, environment, &path).await?.map(|place| place.folder.id))
}

/// What a grant is looked at for.
#[derive(Clone, Copy)]
pub(super) struct Granted<'a> {
    /// The organization.
    pub(super) org_id: Uuid,
    /// The source folder.
    pub(super) own: &'a Place,
    /// Whether the sync takes everything beneath.
    pub(super) includes_sub_folders: bool,
    /// The stored grant; without one nothing but the source folder is granted.
    pub(super) stored: Option<&'a str>,
}

/// Which places of a source are outside a sync's grant.
///
/// The source folder itself is always inside. Below it, when the sync takes everything beneath, a place that is not in the
/// grant yet is inside as long as whoever gave the grant may read it now: that is what they asked for.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn outside(
    app: &App,
    conn: &impl Conn,
    sync: Granted<'_>,
    source: &Source,
) -> Result<HashSet<(String, String)>> {
    let Granted { org_id, own, includes_sub_folders, stored } = sync;
    let project_id = own.folder.project_id;
    let own = (own.environment.slug.as_str(), &own.path);
    let stored: Option<Stored> = stored.and_then(|text| serde_json::from_str(text).ok());
    let granted = stored.as_ref().map(|stored| stored.places.as_slice()).unwrap_or_default();
    let names: HashSet<(&str, &str)> = granted.iter().map(|place| (place.environment.as_str(), place.path.as_str())).collect();
    let ids: HashSet<Uuid> = granted.iter().filter_map(|place| place.folder_id).collect();

    let mut places: BTreeSet<(String, String)> = source.reached.clone();
    places.extend(source.secrets.iter().map(|secret| (secret.environment.clone(), secret.path.clone())));
    let mut outside = HashSet::new();
    let mut grantor: Option<Option<std::sync::Arc<Ability>>> = None;
    for (environment, path) in places {
        if (environment == own.0 && path == own.1.as_str()) || names.contains(&(environment.as_str(), path.as_str())) {
            continue;
        }
        let folder_id = folder_at(conn, project_id, &environment, &path).await?;
        if folder_id.is_some_and(|id| ids.contains(&id)) {
            continue;
        }
        if includes_sub_folders && environment == own.0 && is_below(own.1, &path) {
            if grantor.is_none() {
                let by = stored.as_ref().map(|stored| &stored.by);
                grantor = Some(ability_of(app, conn, org_id, project_id, by).await?);
            }
            let facts = Facts::at(&environment, &path);
            if grantor.as_ref().and_then(Option::as_ref).is_some_and(|ability| ability.allows("readValue", "secrets", facts)) {
                continue;
            }
        }
        outside.insert((environment, path));
    }
    Ok(outside)
}

fn is_below(folder: &SecretPath, path: &str) -> bool {
    folder.is_root() || path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
}

/// What whoever gave a grant may do now; none when they are gone.
async fn ability_of(
    app: &App,
    conn: &impl Conn,
    org_id: Uuid,
    project_id: Uuid,
    by: Option<&Grantor>,
) -> Result<Option<std::sync::Arc<Ability>>> {
    let actor = match by.map(|by| (by.r#type.as_str(), by.id)) {
        Some(("user", Some(id))) => {
            Actor::User { id, username: String::new(), email: String::new(), session_id: Uuid::nil(), is_super_admin: false }
        }
        Some(("identity", Some(id))) => Actor::Identity {
            id,
            name: String::new(),
            token_id: Uuid::nil(),
            auth_method: String::new(),
            is_instance_admin: false,
        },
        _ => return Ok(None),
    };
    let caller = Caller { actor, org_id: Some(org_id), origin: Origin::default() };
    match access::project_ability(app, conn, &caller, project_id).await {
        Ok((_, ability)) => Ok(Some(ability)),
        Err(Error::Forbidden { .. } | Error::NotFound { .. } | Error::Unauthorized { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn below_means_below() {
        let app = SecretPath::parse("/app").unwrap();
        assert!(is_below(&app, "/app/a/b"));
        assert!(!is_below(&app, "/app"));
        assert!(!is_below(&app, "/apple/a"));
        assert!(is_below(&SecretPath::root(), "/x"));
    }
}
