//! What a secret's value is put together from.

use keyferry_db::Conn;
use secrecy::{ExposeSecret as _, SecretString};

use super::get::{GetInput, get};
use super::reader::Reader;
use crate::access::Facts;
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;
use crate::secrets::model::{Location, Secret};
use crate::secrets::references::{Graph, Piece, Target, pieces};
use crate::secrets::tree::Tree;

/// How many nodes a tree holds at most.
const MAX_NODES: usize = 2_000;
/// How deep a tree goes.
const MAX_DEPTH: usize = 10;

/// A node of a tree of references.
pub struct ReferenceNode {
    /// The key; `root` for the secret asked about.
    pub key: String,
    /// The value as stored; `None` where the caller may not see it or there is none.
    pub value: Option<SecretString>,
    /// Environment slug.
    pub environment: String,
    /// Folder path.
    pub path: String,
    /// What it refers to, or is referred to by.
    pub children: Vec<ReferenceNode>,
}

/// The tree of a secret's references, and its value expanded.
///
/// # Errors
/// As [`get`]. Targets that the caller may not read appear without value and children.
pub async fn reference_tree(
    app: &App,
    caller: &Caller,
    at: Location,
    key: &str,
) -> Result<(ReferenceNode, Option<SecretString>)> {
    let conn = app.db.read();
    let reader = Reader::new(app, conn, caller, at.project_id).await?;
    let secret = get(app, caller, &GetInput::new(at, key)).await?;
    let graph = load(&reader, conn, &secret).await?;
    let mut left = MAX_NODES;
    let value = secret.value.as_ref();
    let children = match value {
        Some(value) => children(&reader, &graph, secret.folder_id, value.expose_secret(), 1, &mut left),
        None => Vec::new(),
    };
    let root = ReferenceNode {
        key: "root".to_owned(),
        value: value.cloned(),
        environment: secret.environment.to_string(),
        path: secret.path.to_string(),
        children,
    };
    let mut secret = secret;
    let expanded = match super::expansion::expand(&reader, conn, None, &mut [&mut secret], false).await {
        Ok(()) => secret.value,
        Err(crate::error::Error::Forbidden { .. }) => None,
        Err(other) => return Err(other),
    };
    Ok((root, expanded))
}

async fn load(reader: &Reader<'_>, conn: &impl Conn, secret: &Secret) -> Result<Graph> {
    let tree = Tree::load(conn, secret.project_id).await?;
    let seeds = secret.value.iter().map(|value| (secret.folder_id, value.expose_secret()));
    Graph::load(conn, &reader.keys, secret.project_id, tree, reader.caller.actor.user_id(), seeds).await
}

fn children(
    reader: &Reader<'_>,
    graph: &Graph,
    folder_id: uuid::Uuid,
    value: &str,
    depth: usize,
    left: &mut usize,
) -> Vec<ReferenceNode> {
    let mut list = Vec::new();
    for piece in pieces(value) {
        let Piece::Reference { target, .. } = piece else { continue };
        if *left == 0 || depth > MAX_DEPTH {
            break;
        }
        *left -= 1;
        let Some(node) = graph.resolve(folder_id, &target) else {
            list.push(missing(graph, folder_id, &target));
            continue;
        };
        let Some(at) = graph.tree.folder(node.folder_id) else { continue };
        let is_visible = reader.may("readValue", Facts::secret(&at.environment, &at.path, &node.key, &node.tag_slugs));
        let value = node.value.as_ref().filter(|_| is_visible);
        list.push(ReferenceNode {
            key: node.key.clone(),
            value: value.cloned(),
            environment: at.environment.to_string(),
            path: at.path.to_string(),
            children: match value {
                Some(value) => children(reader, graph, node.folder_id, value.expose_secret(), depth + 1, left),
                None => Vec::new(),
            },
        });
    }
    list
}

fn missing(graph: &Graph, folder_id: uuid::Uuid, target: &Target<'_>) -> ReferenceNode {
    let (environment, path) = match target {
        Target::Absolute { environment, path, .. } => ((*environment).to_owned(), path.to_string()),
        Target::Local(_) => {
            graph.tree.folder(folder_id).map_or_else(Default::default, |at| (at.environment.to_string(), at.path.to_string()))
        }
    };
    ReferenceNode { key: target.key().to_owned(), value: None, environment, path, children: Vec::new() }
}
