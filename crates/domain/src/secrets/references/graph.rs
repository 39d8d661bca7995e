//! The secrets that values reach by references, loaded a round at a time.

use std::collections::{HashMap, HashSet};

use keyferry_db::Conn;
use keyferry_db::entities::secrets;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::expand::MAX_DEPTH;
use super::parse::{Piece, Target, pieces};
use crate::error::Result;
use crate::keys::ScopeKeys;
use crate::secrets::decorations::{Of, Tags};
use crate::secrets::integrity::place;
use crate::secrets::tree::Tree;

/// A secret that something refers to.
pub(in crate::secrets) struct Node {
    pub(in crate::secrets) id: Uuid,
    pub(in crate::secrets) folder_id: Uuid,
    pub(in crate::secrets) key: String,
    pub(in crate::secrets) version: i32,
    /// `None` when the stored value does not open.
    pub(in crate::secrets) value: Option<SecretString>,
    pub(in crate::secrets) has_references: bool,
    pub(in crate::secrets) tag_slugs: Vec<String>,
}

/// Every secret reachable from some values.
pub(in crate::secrets) struct Graph {
    pub(in crate::secrets) tree: Tree,
    nodes: HashMap<(Uuid, String), Option<Node>>,
}

type Wanted = HashMap<Uuid, HashSet<String>>;

impl Graph {
    /// Follows the references of `seeds` (folder and value) as deep as expansion goes. A personal override of `owner_id` is
    /// preferred to the shared secret.
    pub(in crate::secrets) async fn load<'a>(
        conn: &impl Conn,
        keys: &ScopeKeys,
        project_id: Uuid,
        tree: Tree,
        owner_id: Option<Uuid>,
        seeds: impl Iterator<Item = (Uuid, &'a str)>,
    ) -> Result<Self> {
        let mut graph = Self { tree, nodes: HashMap::new() };
        let mut wanted = Wanted::new();
        for (folder_id, value) in seeds {
            graph.want(&mut wanted, folder_id, value);
        }
        if wanted.is_empty() {
            return Ok(graph);
        }
        let (has_tags, _) = keyferry_db::secrets::places::project_flags(conn, project_id).await?;
        let owners: Vec<Uuid> = std::iter::once(Uuid::nil()).chain(owner_id).collect();
        for _ in 0..=MAX_DEPTH {
            if wanted.is_empty() {
                break;
            }
            let round = std::mem::take(&mut wanted);
            let folder_ids: Vec<Uuid> = round.keys().copied().collect();
            let names: HashSet<&String> = round.values().flatten().collect();
            let names: Vec<String> = names.into_iter().cloned().collect();
            let rows = keyferry_db::secrets::find_by_keys(conn, &folder_ids, &names, &owners).await?;
            let rows: Vec<secrets::Model> =
                rows.into_iter().filter(|row| round.get(&row.folder_id).is_some_and(|keys| keys.contains(&row.key))).collect();
            let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
            let tags = Tags::load(conn, project_id, Of::Secrets(&ids), has_tags).await?;
            for (folder_id, keys) in round {
                for key in keys {
                    graph.nodes.insert((folder_id, key), None);
                }
            }
            for row in rows {
                graph.add(keys, &tags, row);
            }
            let texts: Vec<(Uuid, SecretString)> = ids_to_texts(&graph, &ids);
            for (folder_id, text) in &texts {
                graph.want(&mut wanted, *folder_id, text.expose_secret());
            }
        }
        Ok(graph)
    }

    /// The secret a reference in a value of `folder_id` names, if it exists.
    pub(in crate::secrets) fn resolve(&self, folder_id: Uuid, target: &Target<'_>) -> Option<&Node> {
        let folder_id = self.folder_of(folder_id, target)?;
        self.nodes.get(&(folder_id, target.key().to_owned()))?.as_ref()
    }

    fn folder_of(&self, folder_id: Uuid, target: &Target<'_>) -> Option<Uuid> {
        match target {
            Target::Local(_) => Some(folder_id),
            Target::Absolute { environment, path, .. } => self.tree.find(environment, path),
        }
    }

    fn want(&self, wanted: &mut Wanted, folder_id: Uuid, value: &str) {
        for piece in pieces(value) {
            let Piece::Reference { target, .. } = piece else { continue };
            let Some(folder_id) = self.folder_of(folder_id, &target) else { continue };
            let key = target.key().to_owned();
            if !self.nodes.contains_key(&(folder_id, key.clone())) {
                wanted.entry(folder_id).or_default().insert(key);
            }
        }
    }

    fn add(&mut self, keys: &ScopeKeys, tags: &Tags, row: secrets::Model) {
        let slot = self.nodes.entry((row.folder_id, row.key.clone())).or_default();
        let is_personal = !row.owner_id.is_nil();
        if slot.is_some() && !is_personal {
            return;
        }
        let value = keys.open(place("value", row.id, row.version), &row.value).ok();
        *slot = Some(Node {
            id: row.id,
            folder_id: row.folder_id,
            version: row.version,
            value,
            has_references: row.has_references,
            tag_slugs: tags.slugs(row.id).to_vec(),
            key: row.key,
        });
    }
}

fn ids_to_texts(graph: &Graph, ids: &[Uuid]) -> Vec<(Uuid, SecretString)> {
    let ids: HashSet<Uuid> = ids.iter().copied().collect();
    graph
        .nodes
        .values()
        .flatten()
        .filter(|node| node.has_references && ids.contains(&node.id))
        .filter_map(|node| Some((node.folder_id, node.value.clone()?)))
        .collect()
}
