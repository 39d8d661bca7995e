//! Which page of names, across folders.

use keyferry_db::Conn;
use keyferry_db::secrets::keys::{self, KeyPage};
use uuid::Uuid;

use crate::error::Result;
use crate::paths::SecretPath;

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// Behind this name.
    After(String),
    /// The page that ends in front of this name.
    Before(String),
}

/// A condition on a row, across the environments asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Having {
    /// Set in every environment.
    Everywhere,
    /// Missing in one at least.
    Missing,
    /// Empty in one at least.
    Empty,
    /// With different values.
    Different,
    /// Imported in one at least.
    Imported,
    /// Overridden by the caller in one at least.
    Overridden,
    /// With a comment in one at least.
    Comment,
}

impl Having {
    /// All, in the order shown.
    pub const ALL: [Self; 7] =
        [Self::Everywhere, Self::Missing, Self::Empty, Self::Different, Self::Imported, Self::Overridden, Self::Comment];

    /// The word in addresses.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Everywhere => "present",
            Self::Missing => "missing",
            Self::Empty => "empty",
            Self::Different => "different",
            Self::Imported => "imported",
            Self::Overridden => "overridden",
            Self::Comment => "comment",
        }
    }

    /// From the word in addresses.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.word() == word)
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct BrowseInput {
    /// The project.
    pub project_id: Uuid,
    /// The folder, the same in each environment.
    pub path: SecretPath,
    /// Slugs of the environments, in the order of the columns.
    pub environments: Vec<String>,
    /// Text that the name holds, in any case.
    pub search: String,
    /// From Z to A.
    pub is_descending: bool,
    /// Where the page begins; `None` for the first.
    pub cursor: Option<Cursor>,
    /// Rows of a page.
    pub limit: usize,
    /// A condition on rows.
    pub having: Option<Having>,
    /// Slug of a tag that a secret of the row carries.
    pub tag: Option<String>,
}

impl BrowseInput {
    /// The first hundred names of a folder.
    #[must_use]
    pub fn new(project_id: Uuid, path: SecretPath, environments: Vec<String>) -> Self {
        Self {
            project_id,
            path,
            environments,
            search: String::new(),
            is_descending: false,
            cursor: None,
            limit: 100,
            having: None,
            tag: None,
        }
    }

    /// Whether rows are left out for what they hold, so that more names must be read than shown.
    pub(super) fn is_filtered(&self) -> bool {
        self.having.is_some() || self.tag.is_some()
    }

    /// The order in which names are read: a page in front of a name is read backwards.
    pub(super) fn reads_descending(&self) -> bool {
        self.is_descending != matches!(self.cursor, Some(Cursor::Before(_)))
    }

    pub(super) fn start(&self) -> Option<&str> {
        self.cursor.as_ref().map(|(Cursor::After(key) | Cursor::Before(key))| key.as_str())
    }
}

/// The next names of all these folders together, in order, without repeats.
pub(super) async fn names(
    conn: &impl Conn,
    folder_ids: &[Uuid],
    input: &BrowseInput,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<String>> {
    let is_descending = input.reads_descending();
    let mut all = Vec::new();
    for folder_id in folder_ids {
        let want = KeyPage { search: &input.search, after, is_descending, limit: limit as u64 };
        all.extend(keys::page(conn, *folder_id, want).await?);
    }
    all.sort_unstable();
    all.dedup();
    if is_descending {
        all.reverse();
    }
    all.truncate(limit);
    Ok(all)
}
