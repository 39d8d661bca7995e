//! Copying secrets to another folder: values, comments, tags and metadata; the history stays behind.

use uuid::Uuid;

use super::batch::{BatchMode, create_many, update_many};
use super::input::{Change, MetadataInput, NewSecret, TagChange};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::secrets::browse::{Wanted, reveal};
use crate::secrets::model::{Kind, Location, Secret};
use crate::secrets::read::reader::value_denied;

/// What is to be copied where.
#[derive(Clone, Debug)]
pub struct CopyInput {
    /// The folder they lie in.
    pub from: Location,
    /// The folder they are copied to, of the same project.
    pub to: Location,
    /// Their keys.
    pub keys: Vec<String>,
    /// Whether secrets of the same key in the target get the value, or refuse the copy.
    pub should_overwrite: bool,
}

/// Copies shared secrets. Needs the right to read them and to create them (or edit those that are overwritten) in the target.
///
/// # Errors
/// 400 when a key is taken in the target and must not be overwritten, 403, 404.
pub async fn copy_secrets(app: &App, caller: &Caller, input: &CopyInput) -> Result<Vec<Secret>> {
    if input.from == input.to || input.from.project_id != input.to.project_id {
        return Err(Error::bad_request("Source and destination are the same folder"));
    }
    let found = reveal(app, caller, &input.from, &Wanted::Keys(input.keys.clone()), Kind::Shared).await?;
    if let Some(key) = input.keys.iter().find(|key| !found.iter().any(|secret| secret.key == **key)) {
        return Err(Error::not_found(format!("Secret with name '{key}' not found")));
    }
    let mut news = Vec::with_capacity(found.len());
    for secret in found {
        let value = secret.value.ok_or_else(|| value_denied(&secret.key))?;
        news.push(NewSecret {
            key: secret.key,
            value,
            comment: secret.comment,
            skip_multiline_encoding: secret.skip_multiline_encoding,
            tag_ids: secret.tags.iter().map(|tag| tag.id).collect::<Vec<Uuid>>(),
            metadata: secret
                .metadata
                .into_iter()
                .map(|entry| MetadataInput { key: entry.key, value: entry.value, is_encrypted: entry.is_encrypted })
                .collect(),
            ..NewSecret::default()
        });
    }
    if !input.should_overwrite {
        return create_many(app, caller, &input.to, &news).await;
    }
    let changes: Vec<Change> = news
        .into_iter()
        .map(|new| Change {
            key: new.key,
            value: Some(new.value),
            comment: new.comment,
            skip_multiline_encoding: new.skip_multiline_encoding,
            tags: Some(TagChange::Set(new.tag_ids)),
            metadata: Some(new.metadata),
            ..Change::default()
        })
        .collect();
    update_many(app, caller, &input.to, &changes, BatchMode::Upsert).await
}
