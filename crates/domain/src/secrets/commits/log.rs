//! Collecting what a transaction changes, and writing it down as one commit a folder.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use keyferry_db::WriteTx;
use keyferry_db::entities::{folder_commit_changes, folder_commits, folders, secrets};
use uuid::Uuid;

use super::image::{self, FolderImage};
use super::{Effect, Resource};
use crate::app::App;
use crate::caller::Actor;
use crate::error::{Error, Result};

/// What a transaction changes so far.
#[derive(Default)]
pub(crate) struct Log(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    list: Vec<Entry>,
    /// Where the last entry of a folder's secret or subfolder stands.
    last: HashMap<(Uuid, Uuid), usize>,
    /// Environments of folders that may be gone when the log is written.
    environments: HashMap<Uuid, Uuid>,
    /// Folders that are deleted: each gets a commit, and its last one always is its deletion.
    deleted: Vec<Uuid>,
}

struct Entry {
    folder_id: Uuid,
    resource: Resource,
    effect: Effect,
    id: Uuid,
    name: String,
    name_before: Option<String>,
    version: Option<i32>,
    version_before: Option<i32>,
    image: Option<String>,
}

/// Who commits.
#[derive(Clone, Copy)]
pub(crate) struct Author<'a> {
    pub(super) app: &'a App,
    pub(super) actor: &'a Actor,
}

impl Log {
    fn push(&self, entry: Entry) {
        let mut entries = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let place = (entry.folder_id, entry.id);
        let last = entries.last.get(&place).copied();
        // What is changed twice in a transaction changed once from outside.
        if entry.effect == Effect::Updated
            && let Some(old) = last.and_then(|index| entries.list.get_mut(index))
            && old.effect != Effect::Removed
        {
            if old.effect == Effect::Updated {
                let first = old.name_before.take().unwrap_or_else(|| old.name.clone());
                old.name_before = Some(first).filter(|first| *first != entry.name);
            }
            old.name = entry.name;
            old.version = entry.version;
            return;
        }
        let index = entries.list.len();
        entries.last.insert(place, index);
        entries.list.push(entry);
    }

    fn knows_environment(&self, folder: &folders::Model) {
        let mut entries = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        entries.environments.extend(folder.parent_id.into_iter().chain([folder.id]).map(|id| (id, folder.environment_id)));
    }

    /// Writes the commits down; answers each folder's. Without a message each says what it did. Called with the folders
    /// locked, as every writer of secrets and folders has them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn write(
        self,
        tx: &WriteTx,
        author: Author<'_>,
        project_id: Uuid,
        message: Option<&str>,
    ) -> Result<BTreeMap<Uuid, Uuid>> {
        let mut entries = self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut by_folder: BTreeMap<Uuid, Vec<Entry>> = entries.deleted.iter().map(|id| (*id, Vec::new())).collect();
        for entry in std::mem::take(&mut entries.list) {
            by_folder.entry(entry.folder_id).or_default().push(entry);
        }
        let mut written = BTreeMap::new();
        if by_folder.is_empty() {
            return Ok(written);
        }
        let folder_ids: Vec<Uuid> = by_folder.keys().copied().collect();
        let heads = keyferry_db::folder_commits::heads(tx, &folder_ids).await?;
        let now_ms = author.app.now_ms();
        let (mut commits, mut changes) = (Vec::with_capacity(by_folder.len()), Vec::new());
        for (folder_id, list) in by_folder {
            let known = heads.environments.get(&folder_id).or_else(|| entries.environments.get(&folder_id));
            let missing = || Error::internal(format!("the folder {folder_id} of a commit is missing"));
            let environment_id = *known.ok_or_else(missing)?;
            let last = heads.last.get(&folder_id).copied().unwrap_or_default();
            let id = author.app.ids.v7(now_ms);
            let count = |effect| list.iter().filter(|entry| entry.effect == effect).count();
            let counts = [count(Effect::Added), count(Effect::Updated), count(Effect::Removed)];
            commits.push(folder_commits::Model {
                id,
                project_id,
                environment_id,
                folder_id,
                sequence: last + 1,
                message: message.map_or_else(|| summary(&list), str::to_owned),
                added: number(counts[0]),
                updated: number(counts[1]),
                removed: number(counts[2]),
                actor_type: author.actor.kind().to_owned(),
                actor_id: author.actor.id(),
                actor_name: author.actor.name().map(str::to_owned),
                created_at_ms: now_ms,
                reverted_by: None,
            });
            changes.extend(list.into_iter().enumerate().map(|(position, entry)| folder_commit_changes::Model {
                id: author.app.ids.v4(),
                commit_id: id,
                position: number(position),
                resource: entry.resource.as_str().to_owned(),
                effect: entry.effect.as_str().to_owned(),
                resource_id: entry.id,
                name: entry.name,
                name_before: entry.name_before,
                version: entry.version,
                version_before: entry.version_before,
                image: entry.image,
            }));
            written.insert(folder_id, id);
        }
        keyferry_db::insert_many(tx, commits).await?;
        keyferry_db::insert_many(tx, changes).await?;
        Ok(written)
    }
}

/// "Added 2 secrets, removed 1 folder". Names are left out: whoever reads the message may not know all of them.
fn summary(entries: &[Entry]) -> String {
    let mut parts = Vec::new();
    for (effect, verb) in [(Effect::Added, "added"), (Effect::Updated, "changed"), (Effect::Removed, "removed")] {
        for (resource, one, many) in [(Resource::Secret, "secret", "secrets"), (Resource::Folder, "folder", "folders")] {
            match entries.iter().filter(|entry| entry.effect == effect && entry.resource == resource).count() {
                0 => {}
                1 => parts.push(format!("{verb} 1 {one}")),
                count => parts.push(format!("{verb} {count} {many}")),
            }
        }
    }
    if parts.is_empty() {
        return "Removed with the folder".to_owned();
    }
    let text = parts.join(", ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Notes shared secrets that came to be, or into their folder.
pub(in crate::secrets) fn secret_added(log: &Log, row: &secrets::Model) {
    if row.owner_id.is_nil() {
        log.push(Entry {
            folder_id: row.folder_id,
            resource: Resource::Secret,
            effect: Effect::Added,
            id: row.id,
            name: row.key.clone(),
            name_before: None,
            version: Some(row.version),
            version_before: None,
            image: None,
        });
    }
}

/// Notes a shared secret that got another version.
pub(in crate::secrets) fn secret_updated(log: &Log, old: &secrets::Model, new: &secrets::Model) {
    if new.owner_id.is_nil() {
        log.push(Entry {
            folder_id: new.folder_id,
            resource: Resource::Secret,
            effect: Effect::Updated,
            id: new.id,
            name: new.key.clone(),
            name_before: Some(old.key.clone()).filter(|name| *name != new.key),
            version: Some(new.version),
            version_before: Some(old.version),
            image: None,
        });
    }
}

/// Notes secrets that are about to be deleted or to leave their folder; called while they are still there.
pub(in crate::secrets) async fn secrets_removed(log: &Log, tx: &WriteTx, rows: &[secrets::Model]) -> Result<()> {
    let shared: Vec<secrets::Model> = rows.iter().filter(|row| row.owner_id.is_nil()).cloned().collect();
    if shared.is_empty() {
        return Ok(());
    }
    let images = image::take(tx, &shared).await?;
    for row in shared {
        let image = images.get(&row.id).map(image::to_json).transpose()?;
        log.push(Entry {
            folder_id: row.folder_id,
            resource: Resource::Secret,
            effect: Effect::Removed,
            id: row.id,
            name: row.key,
            name_before: None,
            version: None,
            version_before: Some(row.version),
            image,
        });
    }
    Ok(())
}

/// Notes a folder that came to be, or into its parent, in that parent's commit.
pub(crate) fn folder_added(log: &Log, row: &folders::Model) {
    push_folder(log, row, Effect::Added, None, None);
}

/// Notes a renamed folder, or one with another description.
pub(crate) fn folder_updated(log: &Log, old: &folders::Model, new: &folders::Model) {
    push_folder(log, new, Effect::Updated, Some(old.name.clone()).filter(|name| *name != new.name), None);
}

/// Notes a folder that is deleted with everything below it, while it is still there: each secret and folder in the commit of
/// the folder it lies in.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn folder_removed(log: &Log, tx: &WriteTx, subtree: &[folders::Model]) -> Result<()> {
    let ids: Vec<Uuid> = subtree.iter().map(|folder| folder.id).collect();
    secrets_removed(log, tx, &keyferry_db::secrets::list_in_folders(tx, &ids, &[Uuid::nil()]).await?).await?;
    log.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).deleted.extend(ids);
    for folder in subtree {
        let image = image::to_json(&FolderImage { description: folder.description.clone() })?;
        push_folder(log, folder, Effect::Removed, None, Some(image));
    }
    Ok(())
}

/// Notes a folder that leaves its parent for another place, with all that is in it, while it is still there.
///
/// # Errors
/// [`Error::Internal`] when it cannot be written down.
pub(crate) fn folder_left(log: &Log, row: &folders::Model) -> Result<()> {
    let image = image::to_json(&FolderImage { description: row.description.clone() })?;
    push_folder(log, row, Effect::Removed, None, Some(image));
    Ok(())
}

fn push_folder(log: &Log, row: &folders::Model, effect: Effect, name_before: Option<String>, image: Option<String>) {
    let Some(parent_id) = row.parent_id else { return };
    log.knows_environment(row);
    log.push(Entry {
        folder_id: parent_id,
        resource: Resource::Folder,
        effect,
        id: row.id,
        name: row.name.clone(),
        name_before,
        version: (effect != Effect::Removed).then_some(row.version),
        version_before: match effect {
            Effect::Added => None,
            Effect::Updated => Some(row.version - 1),
            Effect::Removed => Some(row.version),
        },
        image,
    });
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
