//! Commits: every change of a folder's shared secrets and subfolders, written down in the transaction that makes it, so that
//! it can be looked at, reverted and gone back to (core API contract, section 12).
//!
//! A commit holds which version followed which; what was removed is kept in it as it was. The state of a folder at a commit
//! is therefore what it holds now, with the commits after that one taken back. Personal overrides and imports are not part
//! of commits.

mod find;
mod holdings;
mod image;
mod list;
mod log;
mod plan;
mod replay;
mod reveal;
mod revert;
mod rollback;
mod state;
mod subjects;

use keyferry_db::Conn;
use keyferry_db::entities::folder_commits;
use uuid::Uuid;

pub use find::{CommitDetail, find};
pub use holdings::{HeldSecret, Holdings, holdings};
pub use list::{CommitPage, ListCommits, count, list};
pub(crate) use log::{Author, Log, folder_added, folder_left, folder_removed, folder_updated};
pub(super) use log::{secret_added, secret_updated, secrets_removed};
pub use reveal::{ChangedValue, reveal};
pub use revert::{Reverted, UNNAMED, revert};
pub use rollback::{Difference, Rollback, RolledBack, compare, rollback};

use crate::access::{Ability, Facts};
use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::error::{Error, Result};
use crate::folders;
use crate::paths::SecretPath;

/// The permission subject (core API contract 12).
const SUBJECT: &str = "commits";

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resource {
    /// A subfolder.
    Folder,
    /// A shared secret.
    Secret,
}

impl Resource {
    /// The word it is stored as.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Secret => "secret",
        }
    }

    fn parse(word: &str) -> Self {
        if word == "folder" { Self::Folder } else { Self::Secret }
    }
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It came to be, or into the folder.
    Added,
    /// It was changed.
    Updated,
    /// It was deleted, or left the folder.
    Removed,
}

impl Effect {
    /// The word it is stored as.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "add",
            Self::Updated => "update",
            Self::Removed => "remove",
        }
    }

    fn parse(word: &str) -> Self {
        match word {
            "add" => Self::Added,
            "update" => Self::Updated,
            _ => Self::Removed,
        }
    }
}

/// One secret or subfolder of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitChange {
    /// What it is.
    pub resource: Resource,
    /// What became of it.
    pub effect: Effect,
    /// Its id.
    pub id: Uuid,
    /// Its name afterwards, or the last one.
    pub name: String,
    /// The name before, where that changed.
    pub name_before: Option<String>,
    /// Its version afterwards.
    pub version: Option<i32>,
    /// Its version before.
    pub version_before: Option<i32>,
}

/// A commit.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Its id.
    pub id: Uuid,
    /// Its project.
    pub project_id: Uuid,
    /// Its environment.
    pub environment_id: Uuid,
    /// Slug of its environment.
    pub environment: String,
    /// Its folder.
    pub folder_id: Uuid,
    /// The folder that one lies in now; none for the root.
    pub parent_folder_id: Option<Uuid>,
    /// Where that folder lies now.
    pub path: SecretPath,
    /// Its number among the folder's commits, from one.
    pub sequence: i64,
    /// What it says.
    pub message: String,
    /// How many secrets and folders came.
    pub added: i32,
    /// How many changed.
    pub updated: i32,
    /// How many went.
    pub removed: i32,
    /// Kind of the actor.
    pub actor_type: String,
    /// That actor's id.
    pub actor_id: Option<Uuid>,
    /// A name to show for that actor.
    pub actor_name: Option<String>,
    /// When, Unix milliseconds.
    pub created_at_ms: i64,
    /// Whether it was reverted.
    pub is_reverted: bool,
    /// The commit that reverted it, as far as it is known.
    pub reverted_by: Option<Uuid>,
}

impl Commit {
    fn new(row: folder_commits::Model, place: &folders::Place) -> Self {
        Self {
            id: row.id,
            project_id: row.project_id,
            environment_id: row.environment_id,
            environment: place.environment.slug.clone(),
            folder_id: row.folder_id,
            parent_folder_id: place.folder.parent_id,
            path: place.path.clone(),
            sequence: row.sequence,
            message: row.message,
            added: row.added,
            updated: row.updated,
            removed: row.removed,
            actor_type: row.actor_type,
            actor_id: row.actor_id,
            actor_name: row.actor_name,
            created_at_ms: row.created_at_ms,
            is_reverted: row.reverted_by.is_some(),
            // Changes of before there were commits name themselves.
            reverted_by: row.reverted_by.filter(|by| *by != row.id),
        }
    }
}

/// A commit of a project, and its folder's place.
async fn locate(conn: &impl Conn, project_id: Uuid, id: Uuid) -> Result<(folder_commits::Model, folders::Place)> {
    let row = keyferry_db::folder_commits::find(conn, project_id, id).await?.ok_or_else(|| not_found(id))?;
    let place = folders::place_of(conn, row.folder_id).await?.ok_or_else(|| folder_gone(&row))?;
    Ok((row, place))
}

/// The project of a commit whose id is all that is known; whoever asks is checked by what comes next.
///
/// # Errors
/// 404 for an unknown commit.
pub async fn project_of(app: &App, id: Uuid) -> Result<Uuid> {
    let row = keyferry_db::find_by_id::<folder_commits::Model>(app.db.read(), id).await?;
    Ok(row.ok_or_else(|| not_found(id))?.project_id)
}

/// Who made a commit sees it and may take it back, as far as other rights go; everybody else needs the right to.
fn require(ability: &Ability, caller: &Caller, action: &str, row: &folder_commits::Model, place: &folders::Place) -> Result<()> {
    if row.actor_id.is_some() && row.actor_id == caller.actor.id() && row.actor_type == caller.actor.kind() {
        return Ok(());
    }
    ability.require(action, SUBJECT, Facts::at(&place.environment.slug, place.path.as_str()))
}

fn not_found(id: Uuid) -> Error {
    Error::not_found(format!("Commit with ID '{id}' not found"))
}

fn folder_gone(row: &folder_commits::Model) -> Error {
    Error::not_found(format!("The folder of commit '{}' was deleted. Roll back the folder it lay in to bring it back", row.id))
}

/// The actor of a caller as a commit keeps it.
pub(crate) fn author<'a>(app: &'a App, actor: &'a Actor) -> Author<'a> {
    Author { app, actor }
}
