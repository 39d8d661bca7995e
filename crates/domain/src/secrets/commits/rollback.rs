//! Going back: a folder becomes what it was after a commit, in a commit of its own.

use std::collections::HashMap;

use serde_json::json;
use uuid::Uuid;

use super::plan::{self, FolderPlan};
use super::state::Moment;
use super::{CommitChange, Resource, SUBJECT, author, locate, replay};
use crate::access::Facts;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::folders::{self, Place};
use crate::paths::SecretPath;
use crate::secrets::commits::Log;
use crate::secrets::decorations::{Of, Tags};
use crate::secrets::read::reader::Reader;
use crate::secrets::write::writer::{Writer, finish};

/// The longest message of a commit, in characters (core API contract, section 12).
const MAX_MESSAGE: usize = 256;

/// What differs between a folder now and at a commit.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The folder.
    pub folder_id: Uuid,
    /// Where it lies afterwards.
    pub path: SecretPath,
    /// What going back does; `version_before` is the version now, `version` the one then.
    pub changes: Vec<CommitChange>,
    /// How many changes are left out, because the caller may not know those secrets.
    pub hidden: usize,
}

/// What to go back to.
#[derive(Clone, Debug, Default)]
pub struct Rollback {
    /// The commit whose state comes back.
    pub commit_id: Uuid,
    /// The folder, when the caller names it: a commit of another one is refused.
    pub folder_id: Option<Uuid>,
    /// Whether folders below go back to the same time as well.
    pub is_deep: bool,
    /// What the new commit says.
    pub message: Option<String>,
}

/// What going back did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RolledBack {
    /// How many secrets came, changed or went.
    pub secrets: usize,
    /// How many folders came, changed or went.
    pub folders: usize,
    /// The new commit of the folder; none when it was already as wanted.
    pub commit_id: Option<Uuid>,
}

/// What [`rollback`] would do: each folder that changes, parents first.
///
/// # Errors
/// 404 for an unknown commit or one whose folder is gone, 403 without the right to read commits there, 400 when a version is
/// not kept any more.
pub async fn compare(app: &App, caller: &Caller, project_id: Uuid, commit_id: Uuid, is_deep: bool) -> Result<Vec<Difference>> {
    let conn = app.db.read();
    let reader = Reader::new(app, conn, caller, project_id).await?;
    let (row, place) = locate(conn, project_id, commit_id).await?;
    reader.ability.require("read", SUBJECT, Facts::at(&place.environment.slug, place.path.as_str()))?;
    let deep_ms = is_deep.then_some(row.created_at_ms);
    let plans = plan::to_moment(conn, &reader.opener(), &place, Moment::Commit(row.sequence), deep_ms).await?;
    let metadata = json!({"commitId": commit_id, "folderId": row.folder_id, "deepRollback": is_deep});
    audit::record_read(app, caller, Event::project(caller, project_id, "pit-compare-folder-states", metadata))?;
    let plans: Vec<FolderPlan> = plans.into_iter().filter(|plan| !plan.is_empty()).collect();
    let ids: Vec<Uuid> = plans.iter().flat_map(|plan| plan.changes()).map(|change| change.id).collect();
    let tags = Tags::load(conn, project_id, Of::Secrets(&ids), true).await?;
    let known = keyferry_db::secrets::tags::of_project(conn, project_id).await?;
    let known: HashMap<Uuid, String> = known.into_iter().map(|tag| (tag.id, tag.slug)).collect();
    Ok(plans.iter().map(|plan| difference(&reader, &place, plan, &tags, &known)).collect())
}

fn difference(reader: &Reader<'_>, root: &Place, plan: &FolderPlan, tags: &Tags, known: &HashMap<Uuid, String>) -> Difference {
    let mut changes = plan.changes();
    let total = changes.len();
    let gone: HashMap<Uuid, Vec<String>> = plan
        .added
        .iter()
        .filter_map(|(target, image)| {
            Some((target.id, image.as_ref()?.tag_ids.iter().filter_map(|id| known.get(id).cloned()).collect()))
        })
        .collect();
    changes.retain(|change| {
        let slugs = gone.get(&change.id).map_or_else(|| tags.slugs(change.id), Vec::as_slice);
        let knows =
            |name: &String| reader.may("describeSecret", Facts::secret(&root.environment.slug, plan.path.as_str(), name, slugs));
        change.resource == Resource::Folder || std::iter::once(&change.name).chain(&change.name_before).all(knows)
    });
    let hidden = total - changes.len();
    Difference { folder_id: plan.folder_id, path: plan.path.clone(), changes, hidden }
}

/// Makes a folder what it was after a commit, all or nothing. Besides the right to roll back this needs the rights to every
/// step: to create, edit and delete secrets and folders.
///
/// # Errors
/// As [`compare`], 403 without those rights, 400 for a commit of another folder than the one named.
pub async fn rollback(app: &App, caller: &Caller, project_id: Uuid, input: &Rollback) -> Result<RolledBack> {
    if input.message.as_ref().is_some_and(|message| message.chars().count() > MAX_MESSAGE) {
        return Err(Error::invalid_field(&["message"], "The message must be at most 256 characters long"));
    }
    let reader = Reader::new(app, app.db.read(), caller, project_id).await?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let (row, place) = locate(&tx, project_id, input.commit_id).await?;
    if input.folder_id.is_some_and(|id| id != row.folder_id) {
        return Err(Error::bad_request(format!("Commit '{}' does not belong to that folder", row.id)));
    }
    reader.ability.require("perform-rollback", SUBJECT, Facts::at(&place.environment.slug, place.path.as_str()))?;
    let below: Vec<Uuid> = folders::subtree(&tx, &place.folder).await?.into_iter().map(|(folder, _)| folder.id).collect();
    keyferry_db::folders::lock(&tx, &below).await?;
    let deep_ms = input.is_deep.then_some(row.created_at_ms);
    let plans = plan::to_moment(&tx, &reader.opener(), &place, Moment::Commit(row.sequence), deep_ms).await?;
    let writer = Writer::new(&reader, &tx);
    let (done, touched) = replay::take(&writer, &place, plans).await?;
    let message = input.message.clone().filter(|message| !message.trim().is_empty());
    let message = message.unwrap_or_else(|| format!("Rolled back to commit {}", row.sequence));
    let log = writer.log;
    let commits = log.write(&tx, author(app, &caller.actor), project_id, Some(&message)).await?;
    let metadata = json!({
        "commitId": row.id, "folderId": row.folder_id, "environment": place.environment.slug,
        "secretPath": place.path.as_str(), "deepRollback": input.is_deep, "secretChangesCount": done.secrets,
        "folderChangesCount": done.folders,
    });
    audit::record(app, &tx, caller, Event::project(caller, project_id, "pit-rollback-commit", metadata)).await?;
    finish(app, caller, tx, project_id, touched, Log::default()).await?;
    let commit_id = commits.get(&row.folder_id).copied();
    Ok(RolledBack { secrets: done.secrets, folders: done.folders, commit_id })
}
