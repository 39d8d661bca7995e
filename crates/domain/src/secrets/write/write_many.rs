//! A mixed change of one folder: an import, a text edited as a whole, a deletion of many.

use uuid::Uuid;

use super::batch::{as_new, audit_metadata};
use super::create::insert;
use super::delete::remove;
use super::input::{Change, Deletion, NewSecret};
use super::update::apply;
use super::writer::{Writer, finish};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::Result;
use crate::secrets::commits::{self, Log};
use crate::secrets::model::{Location, Secret};
use crate::secrets::place::{folder_not_found, locate};
use crate::secrets::read::reader::Reader;

/// Changes the secrets of a folder that exist, creates the others and deletes the keys `removed`, all or nothing. Personal
/// overrides of deleted secrets go for good. Answers the folder's commit, or none when nothing was given.
///
/// # Errors
/// As [`crate::secrets::update_many`] with `Upsert`, and as [`crate::secrets::delete_many`].
pub async fn write_many(
    app: &App,
    caller: &Caller,
    at: &Location,
    changes: &[Change],
    removed: &[String],
) -> Result<Option<Uuid>> {
    let reader = Reader::new(app, app.db.read(), caller, at.project_id).await?;
    let tx = app.db.begin().await?;
    let writer = Writer::new(&reader, &tx);
    let missing = || folder_not_found("UpdateManySecret", &at.environment, at.path.as_str());
    let folder_id = locate(&tx, at).await?.ok_or_else(missing)?.folder_id;
    writer.touch(&[folder_id], at, "UpdateManySecret").await?;
    let mut folder_ids = vec![folder_id];
    if !removed.is_empty() {
        let deletions: Vec<Deletion> = removed.iter().map(|key| Deletion { key: key.clone(), ..Deletion::default() }).collect();
        let deleted = remove(&writer, at, &deletions, "DeleteManySecret").await?;
        tell(&writer, at, "delete-secrets", &deleted).await?;
    }
    if !changes.is_empty() {
        let outcome = apply(&writer, at, changes, "UpdateManySecret").await?;
        let updated: Vec<Secret> = outcome.updated.into_iter().map(|(_, secret)| secret).collect();
        let news: Vec<NewSecret> = outcome.missing.iter().map(|index| as_new(&changes[*index])).collect();
        let made = insert(&writer, at, &news, "CreateManySecret").await?;
        folder_ids.extend(outcome.changed_folders);
        tell(&writer, at, "create-secrets", &made).await?;
        tell(&writer, at, "update-secrets", &updated).await?;
    }
    let log = writer.log;
    let commits = log.write(&tx, commits::author(app, &caller.actor), at.project_id, None).await?;
    finish(app, caller, tx, at.project_id, folder_ids, Log::default()).await?;
    Ok(commits.get(&folder_id).copied())
}

/// Writes the audit row of a part of a change; nothing for none.
pub(in crate::secrets) async fn tell(writer: &Writer<'_>, at: &Location, kind: &'static str, secrets: &[Secret]) -> Result<()> {
    if secrets.is_empty() {
        return Ok(());
    }
    let caller = writer.reader.caller;
    let event = Event::project(caller, at.project_id, kind, audit_metadata(at, secrets));
    audit::record(writer.app(), writer.tx, caller, event).await
}
