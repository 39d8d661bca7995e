//! The commits of a folder: the list, one commit with its values, and the way back.

pub(super) mod list;
pub(super) mod restore;
pub(super) mod show;

use keyferry_domain::secrets::commits::{CommitChange, Effect, Resource};

use super::lines::DiffLine;

/// Longer lists are cut, and say so.
pub(super) const MAX_LINES: usize = 500;

/// A secret or folder of a commit, or of a way back.
pub(super) struct Line {
    pub(super) is_folder: bool,
    pub(super) name: String,
    pub(super) name_before: Option<String>,
    pub(super) symbol: &'static str,
    pub(super) word: &'static str,
    /// "1 → 2"; empty for folders.
    pub(super) versions: String,
    /// The value line by line, once it was asked for.
    pub(super) value: Option<Vec<DiffLine>>,
}

impl Line {
    pub(super) fn new(change: &CommitChange) -> Self {
        let (symbol, word) = match change.effect {
            Effect::Added => ("+", "Added"),
            Effect::Updated => ("~", "Changed"),
            Effect::Removed => ("−", "Removed"),
        };
        let is_folder = change.resource == Resource::Folder;
        let versions = match (change.version_before, change.version) {
            _ if is_folder => String::new(),
            (Some(before), Some(after)) => format!("{before} → {after}"),
            (None, Some(only)) | (Some(only), None) => only.to_string(),
            (None, None) => String::new(),
        };
        Self {
            is_folder,
            name: change.name.clone(),
            name_before: change.name_before.clone(),
            symbol,
            word,
            versions,
            value: None,
        }
    }
}

/// "+1 ~2 −3" in words.
pub(super) fn counts(added: i32, updated: i32, removed: i32) -> String {
    let parts = [(added, "added"), (updated, "changed"), (removed, "removed")];
    let told: Vec<String> = parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
}
