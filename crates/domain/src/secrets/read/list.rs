//! All secrets of a folder.

use std::collections::HashSet;
use std::sync::Arc;

use keyferry_db::Conn;
use keyferry_db::entities::secrets;
use secrecy::ExposeSecret as _;
use serde_json::json;
use uuid::Uuid;

use super::expansion;
use super::imports::{self, ImportedFolder};
use super::reader::{Reader, value_denied};
use crate::access::Facts;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::secrets::decorations::{MetadataOf, Of, Tags};
use crate::secrets::model::{Location, Secret};
use crate::secrets::place::{Spot, locate};
use crate::secrets::tree::Tree;

/// What becomes of the caller's personal overrides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Personal {
    /// They stand beside the shared secrets.
    Separate,
    /// They take the place of the shared secret of the same key and folder.
    Override,
    /// They are left out.
    #[default]
    Exclude,
}

/// A condition on metadata; only entries not marked as encrypted answer it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataFilter {
    /// The entry's key.
    pub key: String,
    /// Its value; `None` for any.
    pub value: Option<String>,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct ListInput {
    /// The folder.
    pub at: Location,
    /// Whether values are wanted; without them only `describeSecret` is needed.
    pub view_value: bool,
    /// Whether references are replaced by what they name.
    pub expand_references: bool,
    /// Whether folders below count too.
    pub recursive: bool,
    /// Whether imported folders are listed.
    pub include_imports: bool,
    /// The caller's own overrides.
    pub personal: Personal,
    /// Slugs of tags, one of which a secret must carry; none for no condition.
    pub tag_slugs: Vec<String>,
    /// Metadata that a secret must carry, all of it.
    pub metadata: Vec<MetadataFilter>,
}

impl ListInput {
    /// The shared secrets of a folder with their values as stored, and nothing else.
    #[must_use]
    pub fn new(at: Location) -> Self {
        Self {
            at,
            view_value: true,
            expand_references: false,
            recursive: false,
            include_imports: false,
            personal: Personal::Exclude,
            tag_slugs: Vec::new(),
            metadata: Vec::new(),
        }
    }
}

/// The answer.
pub struct Listing {
    /// The secrets, by key, then id.
    pub secrets: Vec<Secret>,
    /// Imported folders in their order; a later one wins.
    pub imports: Vec<ImportedFolder>,
}

/// Lists the secrets of a folder that the caller may know of.
///
/// # Errors
/// 403 without any right on the place, or without the right to a value asked for; 404 for an unknown place; the texts of core
/// API contract 10.6.
pub async fn list(app: &App, caller: &Caller, input: &ListInput) -> Result<Listing> {
    let conn = app.db.read();
    let reader = Reader::new(app, conn, caller, input.at.project_id).await?;
    let gate = Facts {
        environment: Some(&input.at.environment),
        secret_path: if input.recursive { None } else { Some(input.at.path.as_str()) },
        ..Facts::any()
    };
    reader.require("describeSecret", gate)?;
    let spot = locate(conn, &input.at).await?.ok_or_else(|| place_not_found(&input.at))?;

    let tree = if input.recursive || (input.include_imports && spot.has_imports) {
        Some(Tree::load(conn, input.at.project_id).await?)
    } else {
        None
    };
    let folder_ids = match &tree {
        Some(tree) if input.recursive => tree.subtree(spot.folder_id),
        _ => vec![spot.folder_id],
    };
    let mut secrets = own(&reader, conn, input, &spot, tree.as_ref(), &folder_ids).await?;
    let mut imports = match &tree {
        Some(tree) if input.include_imports => imports::of_folders(&reader, conn, input, &spot, tree, &folder_ids).await?,
        _ => Vec::new(),
    };
    if input.expand_references {
        let imported = imports.iter_mut().flat_map(|folder| &mut folder.secrets);
        let mut all: Vec<&mut Secret> = secrets.iter_mut().chain(imported).collect();
        expansion::expand(&reader, conn, tree, &mut all, true).await?;
    }
    let count = secrets.len() + imports.iter().map(|folder| folder.secrets.len()).sum::<usize>();
    let metadata = json!({
        "environment": input.at.environment,
        "secretPath": input.at.path.as_str(),
        "numberOfSecrets": count,
    });
    audit::record_read(app, caller, Event::project(caller, input.at.project_id, "get-secrets", metadata))?;
    Ok(Listing { secrets, imports })
}

async fn own(
    reader: &Reader<'_>,
    conn: &impl Conn,
    input: &ListInput,
    spot: &Spot,
    tree: Option<&Tree>,
    folder_ids: &[Uuid],
) -> Result<Vec<Secret>> {
    let owner_id = if input.personal == Personal::Exclude { None } else { reader.caller.actor.user_id() };
    let owners: Vec<Uuid> = std::iter::once(Uuid::nil()).chain(owner_id).collect();
    let mut rows = keyferry_db::secrets::list_in_folders(conn, folder_ids, &owners).await?;
    if owner_id.is_some() && input.personal == Personal::Override {
        let overridden: HashSet<(Uuid, String)> =
            rows.iter().filter(|row| !row.owner_id.is_nil()).map(|row| (row.folder_id, row.key.clone())).collect();
        rows.retain(|row| !row.owner_id.is_nil() || !overridden.contains(&(row.folder_id, row.key.clone())));
    }
    let decorated = Decorated::load(reader, conn, spot, folder_ids).await?;
    let mut secrets = Vec::with_capacity(rows.len());
    for row in rows {
        let (environment, path) = place_of(spot, tree, row.folder_id);
        let facts = Facts::secret(&environment, &path, &row.key, decorated.tags.slugs(row.id));
        if !reader.may("describeSecret", facts) || !decorated.passes(input, row.id) {
            continue;
        }
        let may_see = reader.may("readValue", facts);
        if input.view_value && !may_see {
            if row.folder_id == spot.folder_id {
                return Err(value_denied(&row.key));
            }
            continue;
        }
        secrets.push(decorated.secret(reader, row, &environment, &path, input.view_value)?);
    }
    Ok(secrets)
}

fn place_of(spot: &Spot, tree: Option<&Tree>, folder_id: Uuid) -> (Arc<str>, Arc<str>) {
    if folder_id != spot.folder_id
        && let Some(folder) = tree.and_then(|tree| tree.folder(folder_id))
    {
        return (Arc::clone(&folder.environment), Arc::clone(&folder.path));
    }
    (Arc::clone(&spot.environment), Arc::clone(&spot.path))
}

/// Tags and metadata of the secrets of some folders.
pub(super) struct Decorated {
    pub(super) tags: Tags,
    metadata: MetadataOf,
}

impl Decorated {
    pub(super) async fn load(reader: &Reader<'_>, conn: &impl Conn, spot: &Spot, folder_ids: &[Uuid]) -> Result<Self> {
        let of = Of::Folders(folder_ids);
        Ok(Self {
            tags: Tags::load(conn, reader.project.id, of, spot.project_has_tags).await?,
            metadata: MetadataOf::load(conn, &reader.opener(), of, spot.project_has_metadata).await?,
        })
    }

    pub(super) fn passes(&self, input: &ListInput, secret_id: Uuid) -> bool {
        let slugs = self.tags.slugs(secret_id);
        let has_tag = input.tag_slugs.is_empty() || input.tag_slugs.iter().any(|slug| slugs.contains(slug));
        has_tag
            && input.metadata.iter().all(|filter| {
                self.metadata.get(secret_id).iter().any(|entry| {
                    !entry.is_encrypted
                        && entry.key == filter.key
                        && filter.value.as_ref().is_none_or(|value| entry.value.expose_secret() == value)
                })
            })
    }

    pub(super) fn secret(
        &self,
        reader: &Reader<'_>,
        row: secrets::Model,
        environment: &Arc<str>,
        path: &Arc<str>,
        is_visible: bool,
    ) -> Result<Secret> {
        let (tags, metadata) = (self.tags.get(row.id).tags, self.metadata.get(row.id).to_vec());
        reader.secret(row, environment, path, is_visible, tags, metadata)
    }
}

fn place_not_found(at: &Location) -> Error {
    Error::not_found_named(
        "SecretPathNotFound",
        format!(
            "Folder with path '{}' in environment '{}' was not found. Please ensure the environment slug and secret path is correct.",
            at.path, at.environment
        ),
    )
}
