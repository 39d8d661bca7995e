//! What a folder held at a commit: what it holds now, with the later commits taken back.

use std::collections::HashMap;

use keyferry_db::Conn;
use keyferry_db::entities::{folder_commits, folders, secret_versions, secrets};
use uuid::Uuid;

use super::image::{self, FolderImage, SecretImage};
use super::{Effect, Resource};
use crate::error::{Error, Result};

/// A point in the history of a folder.
#[derive(Clone, Copy, Debug)]
pub(super) enum Moment {
    /// After the commit of this number.
    Commit(i64),
    /// After everything up to this time, Unix milliseconds.
    Time(i64),
    /// Before the last commit; of a deleted folder that is the deletion.
    BeforeLast,
}

/// A secret of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) key: String,
    pub(super) version: i32,
}

/// A subfolder of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HeldFolder {
    pub(super) name: String,
    /// As it was when the folder was deleted.
    pub(super) description: Option<String>,
}

/// A folder of the past.
#[derive(Default)]
pub(super) struct State {
    pub(super) secrets: HashMap<Uuid, Held>,
    pub(super) folders: HashMap<Uuid, HeldFolder>,
    pub(super) images: HashMap<Uuid, SecretImage>,
}

impl State {
    /// What the folder held at a moment; `secrets` and `children` are what it holds now.
    pub(super) async fn load(
        conn: &impl Conn,
        folder_id: Uuid,
        secrets: &[secrets::Model],
        children: &[folders::Model],
        moment: Moment,
    ) -> Result<Self> {
        let held = |row: &secrets::Model| (row.id, Held { key: row.key.clone(), version: row.version });
        let folder = |row: &folders::Model| (row.id, HeldFolder { name: row.name.clone(), description: row.description.clone() });
        let mut state = Self {
            secrets: secrets.iter().map(held).collect(),
            folders: children.iter().map(folder).collect(),
            images: HashMap::new(),
        };
        let later: Vec<folder_commits::Model> = match moment {
            Moment::Commit(sequence) => keyferry_db::folder_commits::after(conn, folder_id, sequence).await?,
            Moment::Time(ms) => keyferry_db::folder_commits::after_moment(conn, folder_id, ms).await?,
            Moment::BeforeLast => keyferry_db::folder_commits::last(conn, folder_id).await?.into_iter().collect(),
        };
        let ids: Vec<Uuid> = later.iter().map(|commit| commit.id).collect();
        let mut changes = keyferry_db::folder_commits::changes(conn, &ids).await?;
        for id in ids {
            for change in changes.remove(&id).unwrap_or_default().into_iter().rev() {
                match Resource::parse(&change.resource) {
                    Resource::Secret => state.take_back_secret(change)?,
                    Resource::Folder => state.take_back_folder(change)?,
                }
            }
        }
        Ok(state)
    }

    fn take_back_secret(&mut self, change: keyferry_db::entities::folder_commit_changes::Model) -> Result<()> {
        let id = change.resource_id;
        match (Effect::parse(&change.effect), change.version_before) {
            (Effect::Added, _) | (_, None) => {
                self.secrets.remove(&id);
            }
            (effect, Some(version)) => {
                self.secrets.insert(id, Held { key: change.name_before.unwrap_or(change.name), version });
                if effect == Effect::Removed
                    && let Some(text) = change.image
                {
                    // The latest deletion knows the longest history.
                    let image = image::of_json(&text)?;
                    self.images.entry(id).or_insert(image);
                }
            }
        }
        Ok(())
    }

    fn take_back_folder(&mut self, change: keyferry_db::entities::folder_commit_changes::Model) -> Result<()> {
        let id = change.resource_id;
        match Effect::parse(&change.effect) {
            Effect::Added => {
                self.folders.remove(&id);
            }
            Effect::Updated => {
                if let Some(folder) = self.folders.get_mut(&id) {
                    folder.name = change.name_before.unwrap_or(change.name);
                }
            }
            Effect::Removed => {
                let description = match change.image.as_deref() {
                    Some(text) => image::of_json::<FolderImage>(text)?.description,
                    None => None,
                };
                self.folders.insert(id, HeldFolder { name: change.name, description });
            }
        }
        Ok(())
    }

    /// The rows of versions of these secrets: from the history of those that exist, and from the images of those that do not.
    pub(super) async fn versions(&self, conn: &impl Conn, wanted: &[(Uuid, i32)]) -> Result<Versions> {
        let ids: Vec<Uuid> = wanted.iter().map(|(id, _)| *id).collect();
        let mut rows = HashMap::new();
        let kept = ids.iter().filter_map(|id| self.images.get(id)).flat_map(|image| image.versions.iter().cloned());
        for row in kept.chain(keyferry_db::secrets::versions::of_secrets(conn, &ids).await?) {
            rows.insert((row.secret_id, row.version), row);
        }
        Ok(Versions(rows))
    }
}

/// Rows of `secret_versions` by secret and version.
pub(super) struct Versions(HashMap<(Uuid, i32), secret_versions::Model>);

impl Versions {
    pub(super) fn get(&self, id: Uuid, version: i32) -> Option<&secret_versions::Model> {
        self.0.get(&(id, version))
    }

    /// # Errors
    /// 400 naming the secret when its version is not kept any more.
    pub(super) fn require(&self, id: Uuid, held: &Held) -> Result<&secret_versions::Model> {
        self.get(id, held.version)
            .ok_or_else(|| Error::bad_request(format!("Version {} of secret '{}' is not kept any more", held.version, held.key)))
    }
}
