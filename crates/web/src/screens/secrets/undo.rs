//! What imports and deletions changed, for a while, so that they can be undone. The memory is this process's own; it lasts as
//! long as a person looks at what they did.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use keyferry_domain::secrets::browse::{Wanted, reveal};
use keyferry_domain::secrets::{
    BatchMode, Change, Deletion, GetInput, Kind, Location, MetadataInput, NewSecret, Secret, create_many, delete_many, get,
    update_many,
};
use keyferry_domain::{App, Caller, Error, Result};
use moka::sync::Cache;
use uuid::Uuid;

/// How long a change can be undone.
pub(super) const KEPT: Duration = Duration::from_secs(15 * 60);
/// Changes of more secrets are not kept.
const MAX_SECRETS: usize = 10_000;

/// What happened to one secret.
pub(super) enum Entry {
    /// Created, and at version 1 since.
    Created { id: Uuid, key: String },
    /// Changed to a version.
    Changed { id: Uuid, key: String, after: i32 },
    /// Deleted, with what it was.
    Deleted(Box<NewSecret>),
}

impl Entry {
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Created { key, .. } | Self::Changed { key, .. } => key,
            Self::Deleted(secret) => &secret.key,
        }
    }

    /// The sign and the word for it.
    pub(super) fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::Created { .. } => ("+", "Created"),
            Self::Changed { .. } => ("~", "Changed"),
            Self::Deleted(_) => ("−", "Deleted"),
        }
    }
}

/// A change of many secrets.
pub(super) struct Kept {
    pub(super) at: Location,
    pub(super) entries: Vec<Entry>,
    pub(super) at_ms: i64,
}

/// The changes of the last minutes, each only for whoever made it.
#[derive(Clone)]
pub struct Changes {
    kept: Cache<(Uuid, Uuid), Arc<Kept>>,
}

impl Default for Changes {
    fn default() -> Self {
        let weigh = |_: &(Uuid, Uuid), kept: &Arc<Kept>| u32::try_from(kept.entries.len()).unwrap_or(u32::MAX);
        Self { kept: Cache::builder().weigher(weigh).max_capacity(50_000).time_to_live(KEPT).build() }
    }
}

impl Changes {
    fn keep(&self, app: &App, caller: &Caller, at: Location, entries: Vec<Entry>) -> Option<Uuid> {
        let owner = caller.actor.id().filter(|_| !entries.is_empty() && entries.len() <= MAX_SECRETS)?;
        let id = app.ids.v4();
        self.kept.insert((owner, id), Arc::new(Kept { at, entries, at_ms: app.now_ms() }));
        Some(id)
    }

    /// A change of this caller.
    pub(super) fn find(&self, caller: &Caller, id: Uuid) -> Result<Arc<Kept>> {
        let owner = caller.actor.id().unwrap_or_default();
        self.kept.get(&(owner, id)).ok_or_else(|| {
            Error::not_found("This change cannot be undone any more. The history of each secret still leads back.")
        })
    }

    /// Forgets a change that is being undone, so that it is undone once.
    pub(super) fn take(&self, caller: &Caller, id: Uuid) -> Result<Arc<Kept>> {
        let owner = caller.actor.id().unwrap_or_default();
        self.kept.remove(&(owner, id)).ok_or_else(|| Error::bad_request("This change was undone already."))
    }

    /// Changes and creates secrets; answers under which id that can be undone.
    pub(super) async fn import(&self, app: &App, caller: &Caller, at: &Location, changes: &[Change]) -> Result<Option<Uuid>> {
        let written = update_many(app, caller, at, changes, BatchMode::Upsert).await?;
        let entries = written
            .into_iter()
            .map(|secret| match secret.version {
                1 => Entry::Created { id: secret.id, key: secret.key },
                after => Entry::Changed { id: secret.id, key: secret.key, after },
            })
            .collect();
        Ok(self.keep(app, caller, at.clone(), entries))
    }

    /// Deletes secrets; answers under which id that can be undone: only when the caller may see all their values.
    pub(super) async fn delete(&self, app: &App, caller: &Caller, at: &Location, keys: &[String]) -> Result<Option<Uuid>> {
        let before = match keys.len() > MAX_SECRETS {
            true => Vec::new(),
            false => reveal(app, caller, at, &Wanted::Keys(keys.to_vec()), Kind::Shared).await?,
        };
        let deletions: Vec<Deletion> = keys.iter().map(|key| Deletion { key: key.clone(), ..Deletion::default() }).collect();
        delete_many(app, caller, at, &deletions).await?;
        let entries: Vec<Entry> =
            before.into_iter().filter_map(|secret| Some(Entry::Deleted(Box::new(again(secret)?)))).collect();
        Ok(if entries.len() == keys.len() { self.keep(app, caller, at.clone(), entries) } else { None })
    }
}

/// A secret as it was, to be created once more; nothing when its value was not visible.
fn again(secret: Secret) -> Option<NewSecret> {
    Some(NewSecret {
        key: secret.key,
        value: secret.value?,
        comment: secret.comment,
        skip_multiline_encoding: secret.skip_multiline_encoding,
        tag_ids: secret.tags.iter().map(|tag| tag.id).collect(),
        metadata: secret
            .metadata
            .into_iter()
            .map(|entry| MetadataInput { key: entry.key, value: entry.value, is_encrypted: entry.is_encrypted })
            .collect(),
        reminder_note: secret.reminder_note,
        reminder_repeat_days: secret.reminder_repeat_days,
        ..NewSecret::default()
    })
}

/// Undoes a change as far as nobody changed the same secrets since; answers how many secrets are as before, and the keys of
/// those left alone.
pub(super) async fn undo(app: &App, caller: &Caller, kept: &Kept) -> Result<(usize, Vec<String>)> {
    let at = &kept.at;
    let keys: Vec<String> = kept.entries.iter().map(|entry| entry.key().to_owned()).collect();
    let now: HashMap<String, (Uuid, i32)> = reveal(app, caller, at, &Wanted::Keys(keys), Kind::Shared)
        .await?
        .into_iter()
        .map(|secret| (secret.key, (secret.id, secret.version)))
        .collect();
    let (mut deletions, mut changes, mut news, mut left) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for entry in &kept.entries {
        let current = now.get(entry.key());
        match entry {
            Entry::Created { id, key } if current == Some(&(*id, 1)) => {
                deletions.push(Deletion { key: key.clone(), ..Deletion::default() });
            }
            Entry::Changed { id, key, after } if current == Some(&(*id, *after)) => {
                let input = GetInput { version: Some(after - 1), ..GetInput::new(at.clone(), key) };
                let old = get(app, caller, &input).await?;
                changes.push(Change {
                    key: key.clone(),
                    expected_version: Some(*after),
                    value: old.value,
                    comment: Some(old.comment.unwrap_or_default()),
                    ..Change::default()
                });
            }
            Entry::Deleted(secret) if current.is_none() => news.push(secret.as_ref().clone()),
            other => left.push(other.key().to_owned()),
        }
    }
    let restored = deletions.len() + changes.len() + news.len();
    if !changes.is_empty() {
        update_many(app, caller, at, &changes, BatchMode::FailOnNotFound).await?;
    }
    if !deletions.is_empty() {
        delete_many(app, caller, at, &deletions).await?;
    }
    if !news.is_empty() {
        create_many(app, caller, at, &news).await?;
    }
    Ok((restored, left))
}
