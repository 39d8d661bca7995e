//! Many secrets in one transaction, all or none.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::create::insert;
use super::delete::remove;
use super::input::{Change, Deletion, NewSecret, TagChange};
use super::update::{apply, not_found};
use super::writer::{Writer, finish};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::Result;
use crate::secrets::model::{Kind, Location, Secret};
use crate::secrets::read::get::metadata_for_audit;
use crate::secrets::read::reader::Reader;

/// What a batch update does about names that do not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BatchMode {
    /// The whole batch is refused.
    #[default]
    FailOnNotFound,
    /// They are passed over.
    Ignore,
    /// They are created.
    Upsert,
}

/// Creates secrets; answers them in the order given.
///
/// # Errors
/// As [`super::create::create`]; keys that exist are named together.
pub async fn create_many(app: &App, caller: &Caller, at: &Location, news: &[NewSecret]) -> Result<Vec<Secret>> {
    let reader = Reader::new(app, app.db.read(), caller, at.project_id).await?;
    let tx = app.db.begin().await?;
    let writer = Writer::new(&reader, &tx);
    let secrets = insert(&writer, at, news, "CreateManySecret").await?;
    let metadata = audit_metadata(at, &secrets);
    audit::record(app, &tx, caller, Event::project(caller, at.project_id, "create-secrets", metadata)).await?;
    let log = writer.log;
    finish(app, caller, tx, at.project_id, shared_folders(&secrets), log).await?;
    Ok(secrets)
}

/// Changes secrets; answers those changed or created in the order given.
///
/// # Errors
/// As [`super::update::update`], and as [`create_many`] for those created.
pub async fn update_many(app: &App, caller: &Caller, at: &Location, changes: &[Change], mode: BatchMode) -> Result<Vec<Secret>> {
    let reader = Reader::new(app, app.db.read(), caller, at.project_id).await?;
    let tx = app.db.begin().await?;
    let writer = Writer::new(&reader, &tx);
    let outcome = apply(&writer, at, changes, "UpdateManySecret").await?;
    let mut changed_folders = outcome.changed_folders;
    let mut secrets = outcome.updated;
    match (mode, outcome.missing.first()) {
        (BatchMode::FailOnNotFound, Some(index)) => return Err(not_found(&changes[*index].key)),
        (BatchMode::Upsert, Some(_)) => {
            let news: Vec<NewSecret> = outcome.missing.iter().map(|index| as_new(&changes[*index])).collect();
            let made = insert(&writer, at, &news, "CreateManySecret").await?;
            changed_folders.extend(shared_folders(&made));
            let metadata = audit_metadata(at, &made);
            audit::record(app, &tx, caller, Event::project(caller, at.project_id, "create-secrets", metadata)).await?;
            secrets.extend(outcome.missing.iter().copied().zip(made));
        }
        _ => {}
    }
    secrets.sort_by_key(|(index, _)| *index);
    let secrets: Vec<Secret> = secrets.into_iter().map(|(_, secret)| secret).collect();
    let metadata = audit_metadata(at, &secrets);
    audit::record(app, &tx, caller, Event::project(caller, at.project_id, "update-secrets", metadata)).await?;
    let log = writer.log;
    finish(app, caller, tx, at.project_id, changed_folders, log).await?;
    Ok(secrets)
}

/// Deletes secrets, all of which must exist; answers them in the order given.
///
/// # Errors
/// As [`super::delete::delete`].
pub async fn delete_many(app: &App, caller: &Caller, at: &Location, deletions: &[Deletion]) -> Result<Vec<Secret>> {
    let reader = Reader::new(app, app.db.read(), caller, at.project_id).await?;
    let tx = app.db.begin().await?;
    let writer = Writer::new(&reader, &tx);
    let secrets = remove(&writer, at, deletions, "DeleteManySecret").await?;
    let metadata = audit_metadata(at, &secrets);
    audit::record(app, &tx, caller, Event::project(caller, at.project_id, "delete-secrets", metadata)).await?;
    let log = writer.log;
    finish(app, caller, tx, at.project_id, shared_folders(&secrets), log).await?;
    Ok(secrets)
}

pub(super) fn as_new(change: &Change) -> NewSecret {
    NewSecret {
        key: change.new_key.clone().unwrap_or_else(|| change.key.clone()),
        path: change.path.clone(),
        kind: change.kind,
        value: change.value.clone().unwrap_or_default(),
        comment: change.comment.clone(),
        skip_multiline_encoding: change.skip_multiline_encoding,
        tag_ids: match &change.tags {
            Some(TagChange::Set(ids)) => ids.clone(),
            _ => Vec::new(),
        },
        metadata: change.metadata.clone().unwrap_or_default(),
        reminder_note: change.reminder_note.clone().flatten(),
        reminder_repeat_days: change.reminder_repeat_days.flatten(),
    }
}

fn shared_folders(secrets: &[Secret]) -> Vec<Uuid> {
    secrets.iter().filter(|secret| secret.kind == Kind::Shared).map(|secret| secret.folder_id).collect()
}

/// What the audit log tells of several secrets (core API contract 13.1).
pub(super) fn audit_metadata(at: &Location, secrets: &[Secret]) -> Value {
    let list: Vec<Value> = secrets
        .iter()
        .map(|secret| {
            let mut entry = json!({"secretId": secret.id, "secretKey": secret.key, "secretVersion": secret.version});
            if let Some(object) = entry.as_object_mut() {
                if !secret.metadata.is_empty() {
                    object.insert("secretMetadata".to_owned(), metadata_for_audit(secret));
                }
                if secret.kind == Kind::Personal {
                    object.insert("secretType".to_owned(), Value::from("personal"));
                }
                if *secret.path != *at.path.as_str() {
                    object.insert("secretPath".to_owned(), Value::from(Arc::as_ref(&secret.path)));
                }
            }
            entry
        })
        .collect();
    json!({"environment": at.environment, "secretPath": at.path.as_str(), "secrets": list})
}
