//! One folder across environments: which names there are, and how they stand in each.

use std::collections::HashMap;
use std::sync::Arc;

use keyferry_db::Conn;
use keyferry_db::secrets::keys::{self, Brief};
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

use super::pages::{BrowseInput, Cursor, Having, names};
use crate::access::Facts;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::secrets::decorations::{Of, Tags};
use crate::secrets::integrity::place;
use crate::secrets::model::{Location, Tag};
use crate::secrets::place::locate;
use crate::secrets::read::imports::Imports;
use crate::secrets::read::reader::Reader;
use crate::secrets::tree::Tree;

/// Counting names stops here.
const MAX_COUNT: u64 = 10_001;
/// How many names are read at once where rows are filtered, and how often at most.
const FILTER_CHUNK: usize = 500;
const MAX_CHUNKS: usize = 40;

/// An environment as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The folder is there and may be seen.
    Open,
    /// The environment has no such folder.
    NoFolder,
    /// The caller may not know what is there.
    Denied,
}

/// A secret in a list: everything but its value.
#[derive(Clone)]
pub struct SecretBrief {
    /// The secret.
    pub id: Uuid,
    /// Its version.
    pub version: i32,
    /// Whether its value is empty.
    pub is_empty: bool,
    /// Whether its value refers to others.
    pub has_references: bool,
    /// Its comment.
    pub comment: Option<SecretString>,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Kind of the actor of the last change.
    pub actor_type: String,
    /// A name for that actor.
    pub actor_name: Option<String>,
    /// When it last changed.
    pub updated_at_ms: i64,
    /// Whether the caller may see its value.
    pub may_read: bool,
    /// Whether the caller may change it.
    pub may_edit: bool,
    /// Whether the caller may delete it.
    pub may_delete: bool,
    /// Whether the caller has an override of their own.
    pub is_overridden: bool,
    /// Whether its value differs from the one that most environments have. Only told of values that the caller may see.
    pub differs: bool,
    fingerprint: Vec<u8>,
}

/// How a name stands in one environment.
#[derive(Clone)]
pub enum Cell {
    /// A secret of the folder itself.
    Set(Box<SecretBrief>),
    /// One of an imported folder.
    Imported {
        /// Environment slug of that folder.
        environment: Arc<str>,
        /// Its path.
        path: Arc<str>,
        /// The secret there.
        secret: Box<SecretBrief>,
    },
    /// Nothing that the caller may know of.
    Missing,
    /// The environment is closed to the caller, or has no such folder.
    Closed,
}

impl Cell {
    /// The folder's own secret.
    #[must_use]
    pub fn own(&self) -> Option<&SecretBrief> {
        match self {
            Self::Set(secret) => Some(secret),
            _ => None,
        }
    }

    fn any(&self) -> Option<&SecretBrief> {
        match self {
            Self::Set(secret) | Self::Imported { secret, .. } => Some(secret),
            _ => None,
        }
    }
}

/// A name with its cells, in the order of the environments asked for.
#[derive(Clone)]
pub struct KeyRow {
    /// The name.
    pub key: String,
    /// Its cells.
    pub cells: Vec<Cell>,
}

/// A page of names.
pub struct Browsed {
    /// How the environments stand, in the order asked for.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<KeyRow>,
    /// How many names match the search, up to 10,001; `None` when rows were left out by filters or by rights.
    pub total: Option<u64>,
    /// Whether more follow.
    pub has_next: bool,
    /// Whether some come before.
    pub has_previous: bool,
}

/// One environment's folder with what it imports, strongest first.
struct Source {
    column: Column,
    environment: Arc<str>,
    path: Arc<str>,
    own: Option<Uuid>,
    folders: Vec<Uuid>,
}

/// A page of the names of a folder in some environments. Names appear when the caller may know of them in one of these at least.
///
/// # Errors
/// 403 without `describeSecret` in any of the environments, 404 for an unknown project or when no environment has the folder.
pub async fn browse(app: &App, caller: &Caller, input: &BrowseInput) -> Result<Browsed> {
    let conn = app.db.read();
    let reader = Reader::new(app, conn, caller, input.project_id).await?;
    let (sources, tree, has_tags) = sources(&reader, conn, input).await?;
    let mut folder_ids: Vec<Uuid> = sources.iter().flat_map(|source| source.folders.iter().copied()).collect();
    folder_ids.sort_unstable();
    folder_ids.dedup();

    let (mut rows, mut is_complete) = (Vec::new(), true);
    let chunk = if input.is_filtered() { FILTER_CHUNK.max(input.limit + 1) } else { input.limit + 1 };
    let mut after = input.start().map(str::to_owned);
    for _ in 0..MAX_CHUNKS {
        let keys = names(conn, &folder_ids, input, after.as_deref(), chunk).await?;
        let is_last = keys.len() < chunk;
        after = keys.last().cloned();
        let (own_rows, hidden) = assemble(&reader, conn, &sources, tree.as_ref(), &folder_ids, keys, has_tags).await?;
        is_complete &= hidden == 0;
        rows.extend(own_rows.into_iter().filter(|row| passes(row, input)));
        if is_last || rows.len() > input.limit {
            break;
        }
    }
    let has_more = rows.len() > input.limit;
    rows.truncate(input.limit);
    let (has_next, has_previous) = match &input.cursor {
        Some(Cursor::Before(_)) => {
            rows.reverse();
            (true, has_more)
        }
        Some(Cursor::After(_)) => (has_more, true),
        None => (has_more, false),
    };
    let total = match is_complete && !input.is_filtered() {
        true => Some(keys::count(conn, &folder_ids, &input.search, MAX_COUNT).await?),
        false => None,
    };
    for (index, source) in sources.iter().enumerate().filter(|(_, source)| source.column == Column::Open) {
        let shown = rows.iter().filter(|row| row.cells[index].any().is_some()).count();
        let metadata = json!({"environment": &*source.environment, "secretPath": input.path.as_str(), "numberOfSecrets": shown, "values": false});
        audit::record_read(app, caller, Event::project(caller, input.project_id, "get-secrets", metadata))?;
    }
    Ok(Browsed { columns: sources.iter().map(|source| source.column).collect(), rows, total, has_next, has_previous })
}

async fn sources(reader: &Reader<'_>, conn: &impl Conn, input: &BrowseInput) -> Result<(Vec<Source>, Option<Tree>, bool)> {
    let (mut list, mut has_tags, mut has_imports) = (Vec::new(), false, false);
    for environment in &input.environments {
        let at = Location { project_id: input.project_id, environment: environment.clone(), path: input.path.clone() };
        let mut source = Source {
            column: Column::Denied,
            environment: Arc::from(environment.as_str()),
            path: Arc::from(input.path.as_str()),
            own: None,
            folders: Vec::new(),
        };
        if reader.may("describeSecret", Facts::at(environment, input.path.as_str())) {
            source.column = Column::NoFolder;
            if let Some(spot) = locate(conn, &at).await? {
                source.column = Column::Open;
                source.own = Some(spot.folder_id);
                source.folders = vec![spot.folder_id];
                has_tags |= spot.project_has_tags;
                has_imports |= spot.has_imports;
            }
        }
        list.push(source);
    }
    if !list.is_empty() && list.iter().all(|source| source.column != Column::Open) {
        for source in list.iter().filter(|source| source.column == Column::Denied) {
            reader.require("describeSecret", Facts::at(&source.environment, &source.path))?;
        }
        let names: Vec<&str> = input.environments.iter().map(String::as_str).collect();
        return Err(Error::not_found(format!("There is no folder '{}' in {}.", input.path, names.join(", "))));
    }
    let mut tree = None;
    if has_imports {
        let all = Tree::load(conn, input.project_id).await?;
        let imports = Imports::load(conn, input.project_id, &all).await?;
        for source in &mut list {
            if let Some(own) = source.own {
                source.folders = imports.flattened(own);
            }
        }
        tree = Some(all);
    }
    Ok((list, tree, has_tags))
}

/// Rows of these names, and how many of them the caller may not know of.
async fn assemble(
    reader: &Reader<'_>,
    conn: &impl Conn,
    sources: &[Source],
    tree: Option<&Tree>,
    folder_ids: &[Uuid],
    keys: Vec<String>,
    has_tags: bool,
) -> Result<(Vec<KeyRow>, usize)> {
    let owners: Vec<Uuid> = std::iter::once(Uuid::nil()).chain(reader.caller.actor.user_id()).collect();
    let briefs = keys::briefs(conn, folder_ids, &keys, &owners).await?;
    let ids: Vec<Uuid> = briefs.iter().filter(|brief| brief.owner_id.is_nil()).map(|brief| brief.id).collect();
    let tags = Tags::load(conn, reader.project.id, Of::Secrets(&ids), has_tags).await?;
    let by_name: HashMap<(Uuid, &str, bool), &Brief> =
        briefs.iter().map(|brief| ((brief.folder_id, brief.key.as_str(), brief.owner_id.is_nil()), brief)).collect();
    let (mut rows, mut hidden) = (Vec::with_capacity(keys.len()), 0);
    for key in &keys {
        let mut cells = Vec::with_capacity(sources.len());
        for source in sources {
            if source.column != Column::Open {
                cells.push(Cell::Closed);
                continue;
            }
            let mut found = Cell::Missing;
            for folder_id in &source.folders {
                let Some(brief) = by_name.get(&(*folder_id, key.as_str(), true)) else { continue };
                let is_own = source.own == Some(*folder_id);
                let (environment, path) = match tree.and_then(|tree| tree.folder(*folder_id)) {
                    _ if is_own => (Arc::clone(&source.environment), Arc::clone(&source.path)),
                    Some(at) => (Arc::clone(&at.environment), Arc::clone(&at.path)),
                    None => continue,
                };
                let is_overridden = by_name.contains_key(&(*folder_id, key.as_str(), false));
                let secret = secret(reader, brief, &environment, &path, &tags, is_overridden)?;
                let Some(secret) = secret else { continue };
                let secret = Box::new(secret);
                found = if is_own { Cell::Set(secret) } else { Cell::Imported { environment, path, secret } };
                break;
            }
            cells.push(found);
        }
        if cells.iter().all(|cell| cell.any().is_none()) {
            hidden += 1;
            continue;
        }
        mark_different(&mut cells);
        rows.push(KeyRow { key: key.clone(), cells });
    }
    Ok((rows, hidden))
}

/// The brief of a row, or nothing when the caller may not know of it.
fn secret(
    reader: &Reader<'_>,
    brief: &Brief,
    environment: &str,
    path: &str,
    tags: &Tags,
    is_overridden: bool,
) -> Result<Option<SecretBrief>> {
    let set = tags.get(brief.id);
    let facts = Facts::secret(environment, path, &brief.key, &set.slugs);
    if !reader.may("describeSecret", facts) {
        return Ok(None);
    }
    let comment = match &brief.comment {
        Some(envelope) => {
            let opened = reader.keys.open(place("comment", brief.id, brief.version), envelope);
            Some(opened.map_err(|cause| reader.opener().failure(reader.project.id, brief.id, brief.version, &cause))?)
        }
        None => None,
    };
    Ok(Some(SecretBrief {
        id: brief.id,
        version: brief.version,
        is_empty: brief.is_empty,
        has_references: brief.has_references,
        comment,
        may_read: reader.may("readValue", facts),
        may_edit: reader.may("edit", facts),
        may_delete: reader.may("delete", facts),
        tags: set.tags,
        actor_type: brief.actor_type.clone(),
        actor_name: brief.actor_name.clone(),
        updated_at_ms: brief.updated_at_ms,
        is_overridden,
        differs: false,
        fingerprint: brief.value_fingerprint.clone(),
    }))
}

/// Marks what differs from the value that most cells have; of two equally frequent ones the first is the measure.
fn mark_different(cells: &mut [Cell]) {
    let seen: Vec<&[u8]> =
        cells.iter().filter_map(Cell::any).filter(|secret| secret.may_read).map(|secret| secret.fingerprint.as_slice()).collect();
    let mut best: Option<(&[u8], usize)> = None;
    for own in &seen {
        let count = seen.iter().filter(|other| *other == own).count();
        if best.is_none_or(|(_, most)| count > most) {
            best = Some((own, count));
        }
    }
    let Some(measure) = best.map(|(own, _)| own.to_vec()) else { return };
    for cell in cells {
        if let Cell::Set(secret) | Cell::Imported { secret, .. } = cell {
            secret.differs = secret.may_read && secret.fingerprint != measure;
        }
    }
}

fn passes(row: &KeyRow, input: &BrowseInput) -> bool {
    let known = || row.cells.iter().filter_map(Cell::any);
    let has = match input.having {
        None => true,
        Some(Having::Everywhere) => row.cells.iter().all(|cell| cell.any().is_some() || matches!(cell, Cell::Closed)),
        Some(Having::Missing) => row.cells.iter().any(|cell| matches!(cell, Cell::Missing)),
        Some(Having::Empty) => known().any(|secret| secret.is_empty),
        Some(Having::Different) => known().any(|secret| secret.differs),
        Some(Having::Imported) => row.cells.iter().any(|cell| matches!(cell, Cell::Imported { .. })),
        Some(Having::Overridden) => known().any(|secret| secret.is_overridden),
        Some(Having::Comment) => known().any(|secret| secret.comment.is_some()),
    };
    has && input.tag.as_ref().is_none_or(|slug| known().any(|secret| secret.tags.iter().any(|tag| tag.slug == *slug)))
}
