//! Puts the values that references name in their places: pure, bounded in depth and in size.

use std::collections::HashSet;

use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::graph::{Graph, Node};
use super::parse::{Piece, pieces};

/// How many references deep a value is followed (core API contract 10.8).
pub(super) const MAX_DEPTH: usize = 10;
/// The longest value that expansion makes, in bytes.
const MAX_VALUE_BYTES: usize = 2 << 20;
/// How much one request may make in all, so that nested references cannot multiply without end.
const MAX_REQUEST_BYTES: usize = 64 << 20;

/// What one request may still spend on expansion.
pub(in crate::secrets) struct Budget {
    bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: MAX_REQUEST_BYTES }
    }
}

/// What came up while one value was expanded.
#[derive(Default)]
pub(in crate::secrets) struct Findings<'g> {
    /// A reference stayed as text: its target is missing or empty, on a cycle, too deep, or the result would be too large.
    pub(in crate::secrets) unresolved: bool,
    /// A target whose stored value does not open.
    pub(in crate::secrets) unreadable: Option<&'g Node>,
    /// Each secret that contributed, with folder and key of the first one that names it.
    pub(in crate::secrets) used: Vec<(&'g Node, Uuid, String)>,
    seen: HashSet<Uuid>,
}

/// Expands values over a graph.
pub(in crate::secrets) struct Expander<'g> {
    pub(in crate::secrets) graph: &'g Graph,
}

impl<'g> Expander<'g> {
    /// The value of the secret `key` in `folder_id` with its references replaced.
    pub(in crate::secrets) fn expand(
        &self,
        folder_id: Uuid,
        key: &str,
        value: &SecretString,
        skip_multiline_encoding: bool,
        budget: &mut Budget,
    ) -> (SecretString, Findings<'g>) {
        let mut run = Run { graph: self.graph, left: MAX_VALUE_BYTES.min(budget.bytes), findings: Findings::default() };
        let mut out = String::new();
        let mut chain = vec![(folder_id, key.to_owned())];
        run.expand_into(&mut out, value.expose_secret(), &mut chain);
        budget.bytes = budget.bytes.saturating_sub(out.len());
        if skip_multiline_encoding && !run.findings.used.is_empty() && out.contains('\n') {
            out = format!("\"{}\"", out.replace('\n', "\\n"));
        }
        (SecretString::from(out), run.findings)
    }
}

struct Run<'g> {
    graph: &'g Graph,
    left: usize,
    findings: Findings<'g>,
}

impl Run<'_> {
    fn push(&mut self, out: &mut String, text: &str) {
        self.left = self.left.saturating_sub(text.len());
        out.push_str(text);
    }

    fn expand_into(&mut self, out: &mut String, text: &str, chain: &mut Vec<(Uuid, String)>) {
        let Some((folder_id, key)) = chain.last().cloned() else { return };
        for piece in pieces(text) {
            let (text, target) = match piece {
                Piece::Text(text) => {
                    self.push(out, text);
                    continue;
                }
                Piece::Reference { text, target } => (text, target),
            };
            let graph = self.graph;
            let node = graph.resolve(folder_id, &target);
            if let Some(node) = node
                && node.value.is_none()
            {
                self.findings.unreadable = Some(node);
            }
            let found = node.and_then(|node| Some((node, node.value.as_ref()?.expose_secret())));
            let Some((node, value)) = found.filter(|(_, value)| !value.is_empty() && value.len() <= self.left) else {
                self.findings.unresolved = true;
                self.push(out, text);
                continue;
            };
            if self.findings.seen.insert(node.id) {
                self.findings.used.push((node, folder_id, key.clone()));
            }
            let is_on_chain = chain.iter().any(|(folder, key)| *folder == node.folder_id && *key == node.key);
            if !node.has_references {
                self.push(out, value);
            } else if is_on_chain || chain.len() > MAX_DEPTH {
                self.findings.unresolved = true;
                self.push(out, value);
            } else {
                chain.push((node.folder_id, node.key.clone()));
                self.expand_into(out, value, chain);
                chain.pop();
            }
        }
    }
}
