//! The commits of a folder.

use std::sync::Arc;

use keyferry_db::Conn;
use keyferry_db::folder_commits::Wanted;
use serde_json::json;
use uuid::Uuid;

use super::subjects::Subjects;
use super::{Commit, Resource, SUBJECT};
use crate::access::{self, Ability, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::Result;
use crate::folders;
use crate::secrets::model::Location;

/// A search looks at so many of the newest changes whose names fit.
const MAX_NAMED: u64 = 10_000;

/// Which commits are wanted.
#[derive(Clone, Debug, Default)]
pub struct ListCommits {
    /// Text in the message, or in the name of a secret or folder that changed and that the caller may know of.
    pub search: Option<String>,
    /// Whether the oldest come first.
    pub is_oldest_first: bool,
    /// How many are passed over.
    pub offset: u64,
    /// How many are answered; one of 0 answers none.
    pub limit: u64,
}

/// A page of commits.
#[derive(Clone, Debug)]
pub struct CommitPage {
    /// The commits.
    pub commits: Vec<Commit>,
    /// How many there are in all.
    pub total: u64,
}

/// The commits of a folder, newest first unless asked otherwise.
///
/// # Errors
/// 404 for an unknown environment or folder, 403 without the right to read commits there.
pub async fn list(app: &App, caller: &Caller, at: &Location, wanted: ListCommits) -> Result<CommitPage> {
    let conn = app.db.read();
    let (ability, place) = readable(app, caller, at, "GetCommits").await?;
    let also = match wanted.search.as_deref().filter(|search| !search.is_empty()) {
        Some(search) => named(conn, &ability, &place, search).await?,
        None => Vec::new(),
    };
    let wanted = Wanted {
        search: wanted.search,
        also,
        is_oldest_first: wanted.is_oldest_first,
        offset: wanted.offset,
        limit: wanted.limit,
    };
    let (rows, total) = keyferry_db::folder_commits::list(conn, place.folder.id, &wanted).await?;
    let commits = rows.into_iter().map(|row| Commit::new(row, &place)).collect();
    let metadata = json!({"environment": at.environment, "path": at.path.as_str(), "commitCount": total.to_string()});
    audit::record_read(app, caller, Event::project(caller, at.project_id, "pit-get-commits", metadata))?;
    Ok(CommitPage { commits, total })
}

/// How many commits a folder has, and its id.
///
/// # Errors
/// As [`list`].
pub async fn count(app: &App, caller: &Caller, at: &Location) -> Result<(u64, Uuid)> {
    let (_, place) = readable(app, caller, at, "GetCommitsCount").await?;
    Ok((keyferry_db::folder_commits::count(app.db.read(), place.folder.id).await?, place.folder.id))
}

async fn readable(app: &App, caller: &Caller, at: &Location, error_name: &str) -> Result<(Arc<Ability>, folders::Place)> {
    let conn = app.db.read();
    let (_, ability) = access::project_ability(app, conn, caller, at.project_id).await?;
    ability.require("read", SUBJECT, Facts::at(&at.environment, at.path.as_str()))?;
    Ok((ability, folders::require(conn, at.project_id, &at.environment, &at.path, error_name).await?))
}

/// The commits in which something of this name changed, as far as the caller may know that name: a search must not tell names
/// that a page would not.
async fn named(conn: &impl Conn, ability: &Ability, place: &folders::Place, search: &str) -> Result<Vec<Uuid>> {
    let found = keyferry_db::folder_commits::named(conn, place.folder.id, search, MAX_NAMED).await?;
    let subjects = Subjects::load(conn, place.folder.project_id, &found).await?;
    let known = found.iter().filter(|change| {
        Resource::parse(&change.resource) == Resource::Folder || subjects.allow(ability, "describeSecret", place, change)
    });
    let mut ids: Vec<Uuid> = known.map(|change| change.commit_id).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}
