//! One commit.

use keyferry_db::entities::folder_commit_changes;
use serde_json::json;
use uuid::Uuid;

use super::subjects::Subjects;
use super::{Commit, CommitChange, Effect, Resource, locate, require};
use crate::access;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::Result;

/// A commit with what it holds.
#[derive(Clone, Debug)]
pub struct CommitDetail {
    /// The commit.
    pub commit: Commit,
    /// What changed, folders before secrets, by name.
    pub changes: Vec<CommitChange>,
    /// How many changes are left out, because the caller may not know those secrets.
    pub hidden: usize,
}

/// A commit of a project.
///
/// # Errors
/// 404 for an unknown one or one whose folder is gone, 403 without the right to read commits there.
pub async fn find(app: &App, caller: &Caller, project_id: Uuid, id: Uuid) -> Result<CommitDetail> {
    let conn = app.db.read();
    let (_, ability) = access::project_ability(app, conn, caller, project_id).await?;
    let (row, place) = locate(conn, project_id, id).await?;
    require(&ability, caller, "read", &row, &place)?;
    let rows = keyferry_db::folder_commits::changes(conn, &[id]).await?.remove(&id).unwrap_or_default();
    let subjects = Subjects::load(conn, project_id, &rows).await?;
    let total = rows.len();
    let knows = |row: &&folder_commit_changes::Model| {
        Resource::parse(&row.resource) == Resource::Folder || subjects.allow(&ability, "describeSecret", &place, row)
    };
    let mut changes: Vec<CommitChange> = rows
        .iter()
        .filter(knows)
        .map(|row| CommitChange {
            resource: Resource::parse(&row.resource),
            effect: Effect::parse(&row.effect),
            id: row.resource_id,
            name: row.name.clone(),
            name_before: row.name_before.clone(),
            version: row.version,
            version_before: row.version_before,
        })
        .collect();
    changes.sort_by(|a, b| (a.resource, &a.name, a.effect).cmp(&(b.resource, &b.name, b.effect)));
    let hidden = total - changes.len();
    let metadata = json!({"commitId": id, "changesCount": changes.len().to_string()});
    audit::record_read(app, caller, Event::project(caller, project_id, "pit-get-commit-changes", metadata))?;
    Ok(CommitDetail { commit: Commit::new(row, &place), changes, hidden })
}
