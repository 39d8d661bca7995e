//! What a sync takes from a folder: the shared secrets, those imported, references put in their places, with full rights.
//!
//! Nothing is dropped in silence: a value that does not decrypt or a reference that leads nowhere is told, so that a sync can
//! hold that key back instead of deleting it at the destination.

mod dependents;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use keyferry_db::Conn;
use keyferry_db::entities::{projects, secrets};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

pub use dependents::dependents;

use super::integrity::place;
use super::read::imports::Imports;
use super::references::{Budget, Expander, Graph};
use super::tree::Tree;
use crate::app::App;
use crate::error::{Error, Result};
use crate::keys::Scope;

/// What becomes of a reference that leads nowhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnresolvedReferences {
    /// The value is [`SourceValue::UnresolvedReference`].
    #[default]
    Block,
    /// The reference stays as text.
    Literal,
}

/// How the source is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceOptions {
    /// Whether folders below count too.
    pub include_subfolders: bool,
    /// What becomes of a reference that leads nowhere.
    pub unresolved_references: UnresolvedReferences,
}

/// Environment slug and folder path.
pub type ReachedPlace = (String, String);

/// The value of a source secret.
#[derive(Clone)]
pub enum SourceValue {
    /// The value, references expanded.
    Value(SecretString),
    /// Nothing.
    Empty,
    /// It, or a secret that it refers to, does not decrypt.
    Unreadable,
    /// A reference in it is missing, empty, cyclic, or too deep.
    UnresolvedReference,
}

/// A secret for a sync.
#[derive(Clone)]
pub struct SourceSecret {
    /// Its id.
    pub secret_id: Uuid,
    /// Its key.
    pub secret_key: String,
    /// Its version.
    pub version: i32,
    /// Environment slug of the folder it lies in, which for an imported secret is the imported one.
    pub environment: String,
    /// Path of that folder.
    pub path: String,
    /// Its value.
    pub value: SourceValue,
    /// The places behind it: the imported folder it lies in, and the folders of secrets that its value refers to.
    pub reached: BTreeSet<ReachedPlace>,
}

/// All that a sync takes.
#[derive(Clone, Default)]
pub struct Source {
    /// By path of the folder that holds or imports them, then by key.
    pub secrets: Vec<SourceSecret>,
    /// Every place reached by imports and references, together.
    pub reached: BTreeSet<ReachedPlace>,
}

/// Reads the source of a sync. A secret of the folder itself hides an imported one of the same key, a later import an earlier
/// one; with subfolders that holds within each folder, and keys may stand twice.
///
/// # Errors
/// When the database does not answer; 404 when the project or folder is gone.
pub async fn load(app: &App, conn: &impl Conn, project_id: Uuid, folder_id: Uuid, options: SourceOptions) -> Result<Source> {
    let project = keyferry_db::find_by_id::<projects::Model>(conn, project_id)
        .await?
        .ok_or_else(|| Error::not_found(format!("Project with {project_id} not found")))?;
    let keys = app.keys.scope(conn, Scope::Project { org_id: project.org_id, project_id }).await?;
    let tree = Tree::load(conn, project_id).await?;
    if tree.folder(folder_id).is_none() {
        return Err(Error::not_found(format!("Folder with ID '{folder_id}' not found")));
    }
    let own_ids = if options.include_subfolders { tree.subtree(folder_id) } else { vec![folder_id] };
    let imports = Imports::load(conn, project_id, &tree).await?;
    let flattened: Vec<Vec<Uuid>> = own_ids.iter().map(|id| imports.flattened(*id)).collect();
    let needed: HashSet<Uuid> = flattened.iter().flatten().copied().collect();
    let needed: Vec<Uuid> = needed.into_iter().collect();
    let mut by_folder: HashMap<Uuid, Vec<secrets::Model>> = HashMap::new();
    for row in keyferry_db::secrets::list_in_folders(conn, &needed, &[Uuid::nil()]).await? {
        by_folder.entry(row.folder_id).or_default().push(row);
    }

    let mut taken = Vec::new();
    let mut source = Source::default();
    for order in &flattened {
        let mut seen = HashSet::new();
        let mut of_folder: Vec<(&secrets::Model, bool)> = Vec::new();
        for (position, id) in order.iter().enumerate() {
            if position > 0
                && let Some(at) = tree.folder(*id)
            {
                source.reached.insert((at.environment.to_string(), at.path.to_string()));
            }
            let rows = by_folder.get(id).into_iter().flatten();
            of_folder.extend(rows.filter(|row| seen.insert(row.key.as_str())).map(|row| (row, position > 0)));
        }
        of_folder.sort_by(|a, b| a.0.key.cmp(&b.0.key));
        taken.extend(of_folder);
    }
    // Opened once; a row that does not open stays as `None`.
    let opened: Vec<(&secrets::Model, bool, Option<SecretString>)> = taken
        .into_iter()
        .map(|(row, is_imported)| (row, is_imported, keys.open(place("value", row.id, row.version), &row.value).ok()))
        .collect();
    let seeds = opened
        .iter()
        .filter(|(row, ..)| row.has_references)
        .filter_map(|(row, _, value)| Some((row.folder_id, value.as_ref()?.expose_secret())));
    let graph = Graph::load(conn, &keys, project_id, tree, None, seeds).await?;
    let mut budget = Budget::default();
    for (row, is_imported, value) in &opened {
        let secret = take(&graph, row, *is_imported, value.as_ref(), options, &mut budget)?;
        source.reached.extend(secret.reached.iter().cloned());
        source.secrets.push(secret);
    }
    Ok(source)
}

fn take(
    graph: &Graph,
    row: &secrets::Model,
    is_imported: bool,
    value: Option<&SecretString>,
    options: SourceOptions,
    budget: &mut Budget,
) -> Result<SourceSecret> {
    let at = graph.tree.folder(row.folder_id).ok_or_else(|| Error::internal("a secret lies in an unknown folder"))?;
    let place_of = |environment: &Arc<str>, path: &Arc<str>| (environment.to_string(), path.to_string());
    let mut reached = BTreeSet::new();
    if is_imported {
        reached.insert(place_of(&at.environment, &at.path));
    }
    let value = match value {
        None => {
            tracing::error!(secret_id = %row.id, version = row.version, "a secret of a sync's source does not decrypt");
            SourceValue::Unreadable
        }
        Some(value) if !row.has_references => plain(value.clone()),
        Some(value) => {
            let skip = row.skip_multiline_encoding == Some(true);
            let (expanded, findings) = Expander { graph }.expand(row.folder_id, &row.key, value, skip, budget);
            for (node, ..) in &findings.used {
                if let Some(at) = graph.tree.folder(node.folder_id) {
                    reached.insert(place_of(&at.environment, &at.path));
                }
            }
            if findings.unreadable.is_some() {
                SourceValue::Unreadable
            } else if findings.unresolved && options.unresolved_references == UnresolvedReferences::Block {
                SourceValue::UnresolvedReference
            } else {
                plain(expanded)
            }
        }
    };
    Ok(SourceSecret {
        secret_id: row.id,
        secret_key: row.key.clone(),
        version: row.version,
        environment: at.environment.to_string(),
        path: at.path.to_string(),
        value,
        reached,
    })
}

fn plain(value: SecretString) -> SourceValue {
    if value.expose_secret().is_empty() { SourceValue::Empty } else { SourceValue::Value(value) }
}
