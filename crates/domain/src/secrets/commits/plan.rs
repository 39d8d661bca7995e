//! From what a folder holds now to what it held: the steps, without taking one.

use std::collections::{HashMap, HashSet, VecDeque};

use keyferry_db::Conn;
use keyferry_db::entities::{folders, secret_versions, secrets};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::image::SecretImage;
use super::state::{Held, HeldFolder, Moment, State};
use super::{CommitChange, Effect, Resource};
use crate::error::Result;
use crate::folders::Place;
use crate::paths::SecretPath;
use crate::secrets::integrity::Opener;

/// The steps in one folder.
pub(super) struct FolderPlan {
    /// The folder, whose id it has again when it comes back.
    pub(super) folder_id: Uuid,
    /// Where it lies once its parents' steps are taken.
    pub(super) path: SecretPath,
    pub(super) removed_folders: Vec<folders::Model>,
    pub(super) renamed_folders: Vec<(folders::Model, String)>,
    pub(super) new_folders: Vec<(Uuid, HeldFolder)>,
    pub(super) removed: Vec<secrets::Model>,
    pub(super) changed: Vec<(secrets::Model, Target)>,
    pub(super) added: Vec<(Target, Option<SecretImage>)>,
}

/// What a secret shall be.
pub(super) struct Target {
    /// The secret it was.
    pub(super) id: Uuid,
    pub(super) key: String,
    pub(super) row: secret_versions::Model,
}

impl FolderPlan {
    fn new(folder_id: Uuid, path: SecretPath) -> Self {
        Self {
            folder_id,
            path,
            removed_folders: Vec::new(),
            renamed_folders: Vec::new(),
            new_folders: Vec::new(),
            removed: Vec::new(),
            changed: Vec::new(),
            added: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changes().is_empty()
    }

    /// The steps as the changes they make.
    pub(super) fn changes(&self) -> Vec<CommitChange> {
        let mut changes = Vec::new();
        let folder = |effect, id, name: &str| CommitChange {
            resource: Resource::Folder,
            effect,
            id,
            name: name.to_owned(),
            name_before: None,
            version: None,
            version_before: None,
        };
        changes.extend(self.removed_folders.iter().map(|row| folder(Effect::Removed, row.id, &row.name)));
        changes.extend(
            self.renamed_folders
                .iter()
                .map(|(row, name)| CommitChange { name_before: Some(row.name.clone()), ..folder(Effect::Updated, row.id, name) }),
        );
        changes.extend(self.new_folders.iter().map(|(id, held)| folder(Effect::Added, *id, &held.name)));
        let secret = |effect, id, name: &str| CommitChange { resource: Resource::Secret, ..folder(effect, id, name) };
        changes.extend(
            self.removed
                .iter()
                .map(|row| CommitChange { version_before: Some(row.version), ..secret(Effect::Removed, row.id, &row.key) }),
        );
        changes.extend(self.changed.iter().map(|(row, target)| CommitChange {
            name_before: Some(row.key.clone()).filter(|key| *key != target.key),
            version: Some(target.row.version),
            version_before: Some(row.version),
            ..secret(Effect::Updated, row.id, &target.key)
        }));
        changes.extend(self.added.iter().map(|(target, _)| CommitChange {
            version: Some(target.row.version),
            ..secret(Effect::Added, target.id, &target.key)
        }));
        changes.sort_by(|a, b| (a.resource, &a.name, a.effect).cmp(&(b.resource, &b.name, b.effect)));
        changes
    }
}

/// The steps that bring a folder to a moment; with `deep` also those of the folders below it, to the same time. Folders that
/// come back always come with what was in them. A parent's steps stand before those of its subfolders.
pub(super) async fn to_moment(
    conn: &impl Conn,
    opener: &Opener<'_>,
    place: &Place,
    moment: Moment,
    deep_ms: Option<i64>,
) -> Result<Vec<FolderPlan>> {
    let below = deep_ms.map_or(Moment::BeforeLast, Moment::Time);
    let mut plans = Vec::new();
    let mut waiting = VecDeque::from([(place.folder.id, place.path.clone(), moment, false)]);
    while let Some((folder_id, path, moment, is_new)) = waiting.pop_front() {
        let mut plan = FolderPlan::new(folder_id, path);
        let (now, children) = match is_new {
            true => (Vec::new(), Vec::new()),
            false => (
                keyferry_db::secrets::list_in_folder(conn, folder_id, &[Uuid::nil()]).await?,
                keyferry_db::folders::children(conn, folder_id).await?,
            ),
        };
        let state = State::load(conn, folder_id, &now, &children, moment).await?;
        for (id, name, is_new) in folders_to(conn, &mut plan, &state, children).await? {
            if is_new || deep_ms.is_some() {
                waiting.push_back((id, plan.path.join(&name), below, is_new));
            }
        }
        secrets_to(conn, opener, &mut plan, state, now).await?;
        plans.push(plan);
    }
    Ok(plans)
}

/// A folder that comes back, with what was in it before its deletion.
pub(super) async fn of_deleted(
    conn: &impl Conn,
    opener: &Opener<'_>,
    folder_id: Uuid,
    path: SecretPath,
) -> Result<Vec<FolderPlan>> {
    let mut plans = Vec::new();
    let mut waiting = VecDeque::from([(folder_id, path)]);
    while let Some((folder_id, path)) = waiting.pop_front() {
        let mut plan = FolderPlan::new(folder_id, path);
        let state = State::load(conn, folder_id, &[], &[], Moment::BeforeLast).await?;
        for (id, name, _) in folders_to(conn, &mut plan, &state, Vec::new()).await? {
            waiting.push_back((id, plan.path.join(&name)));
        }
        secrets_to(conn, opener, &mut plan, state, Vec::new()).await?;
        plans.push(plan);
    }
    Ok(plans)
}

/// The steps of subfolders. Answers those that are there afterwards, with their names, and whether they are new.
async fn folders_to(
    conn: &impl Conn,
    plan: &mut FolderPlan,
    state: &State,
    now: Vec<folders::Model>,
) -> Result<Vec<(Uuid, String, bool)>> {
    let mut afterwards = Vec::new();
    let here: HashSet<Uuid> = now.iter().map(|folder| folder.id).collect();
    for folder in now {
        match state.folders.get(&folder.id) {
            None => plan.removed_folders.push(folder),
            Some(held) => {
                afterwards.push((folder.id, held.name.clone(), false));
                if held.name != folder.name {
                    plan.renamed_folders.push((folder, held.name.clone()));
                }
            }
        }
    }
    let mut gone: Vec<(Uuid, HeldFolder)> =
        state.folders.iter().filter(|(id, _)| !here.contains(id)).map(|(id, held)| (*id, held.clone())).collect();
    gone.sort_by(|a, b| a.1.name.cmp(&b.1.name));
    for (id, held) in gone {
        // One that lies elsewhere by now was moved; it stays where somebody wanted it.
        if keyferry_db::find_by_id::<folders::Model>(conn, id).await?.is_none() {
            afterwards.push((id, held.name.clone(), true));
            plan.new_folders.push((id, held));
        }
    }
    Ok(afterwards)
}

/// The steps of secrets. What has the same key on both sides is one secret, whatever became of it in between.
async fn secrets_to(
    conn: &impl Conn,
    opener: &Opener<'_>,
    plan: &mut FolderPlan,
    state: State,
    now: Vec<secrets::Model>,
) -> Result<()> {
    let same =
        |row: &secrets::Model| state.secrets.get(&row.id).is_some_and(|held| held.version == row.version && held.key == row.key);
    let present: HashSet<Uuid> = now.iter().map(|row| row.id).collect();
    let differing: HashSet<Uuid> = now.iter().filter(|row| !same(row)).map(|row| row.id).collect();
    let mut wanted: Vec<(Uuid, &Held)> = state
        .secrets
        .iter()
        .filter(|(id, _)| differing.contains(id) || !present.contains(*id))
        .map(|(id, held)| (*id, held))
        .collect();
    wanted.sort_by(|a, b| a.1.key.cmp(&b.1.key));
    let numbers: Vec<(Uuid, i32)> = wanted.iter().map(|(id, held)| (*id, held.version)).collect();
    let versions = state.versions(conn, &numbers).await?;
    let mut current: HashMap<String, secrets::Model> =
        now.into_iter().filter(|row| differing.contains(&row.id)).map(|row| (row.key.clone(), row)).collect();
    let mut rest = Vec::new();
    for (id, held) in wanted {
        let target = Target { id, key: held.key.clone(), row: versions.require(id, held)?.clone() };
        match current.remove(&held.key) {
            Some(row) => {
                if differs(opener, &row, &target)? {
                    plan.changed.push((row, target));
                }
            }
            None => rest.push(target),
        }
    }
    let keys: HashMap<Uuid, String> = current.iter().map(|(key, row)| (row.id, key.clone())).collect();
    for target in rest {
        let renamed = keys.get(&target.id).cloned();
        match renamed.and_then(|key| current.remove(&key)) {
            Some(row) => plan.changed.push((row, target)),
            None => {
                let image = state.images.get(&target.id).cloned();
                plan.added.push((target, image));
            }
        }
    }
    plan.removed.extend(current.into_values());
    plan.removed.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(())
}

/// Whether a secret is other than a version, tags aside.
fn differs(opener: &Opener<'_>, row: &secrets::Model, target: &Target) -> Result<bool> {
    let text = |text: Option<secrecy::SecretString>| text.map(|text| text.expose_secret().to_owned()).unwrap_or_default();
    Ok(row.value_fingerprint != target.row.value_fingerprint
        || row.skip_multiline_encoding.unwrap_or_default() != target.row.skip_multiline_encoding.unwrap_or_default()
        || text(opener.comment(row)?) != text(opener.version_comment(&target.row)?))
}
