//! The secrets of a commit as permissions see them: by name and by tags, also when they are gone.

use std::collections::HashMap;

use keyferry_db::Conn;
use keyferry_db::entities::folder_commit_changes;
use uuid::Uuid;

use super::Resource;
use super::image::{self, SecretImage};
use crate::access::{Ability, Facts};
use crate::error::Result;
use crate::folders::Place;
use crate::secrets::decorations::{Of, Tags};

/// What is known of secrets that changes are about.
pub(super) struct Subjects {
    slugs: HashMap<Uuid, Vec<String>>,
    images: HashMap<Uuid, SecretImage>,
}

impl Subjects {
    pub(super) async fn load(conn: &impl Conn, project_id: Uuid, changes: &[folder_commit_changes::Model]) -> Result<Self> {
        let secrets = changes.iter().filter(|change| Resource::parse(&change.resource) == Resource::Secret);
        let ids: Vec<Uuid> = secrets.map(|change| change.resource_id).collect();
        let mut images: HashMap<Uuid, SecretImage> = HashMap::new();
        for removal in keyferry_db::folder_commits::removals(conn, &ids).await? {
            if let (false, Some(text)) = (images.contains_key(&removal.resource_id), &removal.image) {
                images.insert(removal.resource_id, image::of_json(text)?);
            }
        }
        let tags = Tags::load(conn, project_id, Of::Secrets(&ids), true).await?;
        let known: HashMap<Uuid, String> = match images.values().any(|image| !image.tag_ids.is_empty()) {
            true => {
                let tags = keyferry_db::secrets::tags::of_project(conn, project_id).await?;
                tags.into_iter().map(|tag| (tag.id, tag.slug)).collect()
            }
            false => HashMap::new(),
        };
        let slugs = ids.iter().map(|id| {
            let mut slugs = tags.slugs(*id).to_vec();
            let gone = images.get(id).into_iter().flat_map(|image| &image.tag_ids);
            slugs.extend(gone.filter_map(|id| known.get(id).cloned()));
            slugs.sort();
            slugs.dedup();
            (*id, slugs)
        });
        Ok(Self { slugs: slugs.collect(), images })
    }

    /// The secrets as they were when they were last removed.
    pub(super) fn images(&self) -> impl Iterator<Item = &SecretImage> {
        self.images.values()
    }

    /// The tags a secret has or had, by slug.
    pub(super) fn slugs(&self, id: Uuid) -> &[String] {
        self.slugs.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Whether an action is allowed on a change's secret, under each of its names.
    pub(super) fn allow(&self, ability: &Ability, action: &str, place: &Place, change: &folder_commit_changes::Model) -> bool {
        let slugs = self.slugs(change.resource_id);
        std::iter::once(&change.name).chain(&change.name_before).all(|name| {
            ability.allows(action, "secrets", Facts::secret(&place.environment.slug, place.path.as_str(), name, slugs))
        })
    }
}
