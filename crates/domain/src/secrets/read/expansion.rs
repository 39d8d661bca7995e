//! Expands the references of secrets that a caller reads, within the caller's rights.

use keyferry_db::Conn;
use secrecy::ExposeSecret as _;
use serde_json::Value;
use uuid::Uuid;

use super::reader::Reader;
use crate::access::Facts;
use crate::error::{Error, Result};
use crate::secrets::model::Secret;
use crate::secrets::references::{Budget, Expander, Findings, Graph};
use crate::secrets::tree::Tree;

/// How many refusals an answer lists.
const MAX_DETAILS: usize = 50;

/// Expands every visible value that holds references. Targets out of the caller's reach are gathered and refused together.
///
/// # Errors
/// [`Error::Forbidden`] with the contract's text: one sentence for a single read, a list of sentences for a list.
pub(super) async fn expand(
    reader: &Reader<'_>,
    conn: &impl Conn,
    tree: Option<Tree>,
    secrets: &mut [&mut Secret],
    is_list: bool,
) -> Result<()> {
    if secrets.iter().all(|secret| !secret.has_references || secret.value.is_none()) {
        return Ok(());
    }
    let project_id = reader.project.id;
    let tree = match tree {
        Some(tree) => tree,
        None => Tree::load(conn, project_id).await?,
    };
    let owner_id = reader.caller.actor.user_id();
    let seeds = secrets
        .iter()
        .filter(|secret| secret.has_references)
        .filter_map(|secret| Some((secret.folder_id, secret.value.as_ref()?.expose_secret())));
    let graph = Graph::load(conn, &reader.keys, project_id, tree, owner_id, seeds).await?;
    let expander = Expander { graph: &graph };
    let mut budget = Budget::default();
    let mut denied = Vec::new();
    for secret in secrets.iter_mut().filter(|secret| secret.has_references) {
        let Some(value) = &secret.value else { continue };
        let skip = secret.skip_multiline_encoding == Some(true);
        let (expanded, findings) = expander.expand(secret.folder_id, &secret.key, value, skip, &mut budget);
        if let Some(node) = findings.unreadable {
            let cause = Error::internal("a referenced secret does not decrypt");
            return Err(reader.opener().failure(project_id, node.id, node.version, &cause));
        }
        denials(reader, &graph, &findings, &mut denied);
        secret.value = Some(expanded);
    }
    refuse(denied, is_list)
}

fn denials(reader: &Reader<'_>, graph: &Graph, findings: &Findings<'_>, denied: &mut Vec<String>) {
    for (node, by_folder, by_key) in &findings.used {
        let Some(at) = graph.tree.folder(node.folder_id) else { continue };
        if reader.may("readValue", Facts::secret(&at.environment, &at.path, &node.key, &node.tag_slugs)) {
            continue;
        }
        let (by_environment, by_path) = place_of(graph, *by_folder);
        denied.push(format!(
            "You do not have permission to read secret '{}' in environment '{}' at path '{}', which is referenced by secret \
             '{by_key}' in environment '{by_environment}' at path '{by_path}'.",
            node.key, at.environment, at.path
        ));
    }
}

fn place_of(graph: &Graph, folder_id: Uuid) -> (String, String) {
    graph.tree.folder(folder_id).map_or_else(Default::default, |folder| (folder.environment.to_string(), folder.path.to_string()))
}

fn refuse(mut denied: Vec<String>, is_list: bool) -> Result<()> {
    if denied.is_empty() {
        return Ok(());
    }
    if !is_list {
        return Err(Error::forbidden(denied.swap_remove(0)));
    }
    denied.truncate(MAX_DETAILS);
    Err(Error::Forbidden {
        name: None,
        message: "Failed to expand one or more secret references".to_owned(),
        details: Some(Value::Array(denied.into_iter().map(Value::String).collect())),
    })
}
