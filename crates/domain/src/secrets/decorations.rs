//! Tags and metadata of many secrets at once; asked only where a project has any.

use std::collections::HashMap;

use keyferry_db::Conn;
use keyferry_db::entities::{secret_metadata, secret_tags};
use keyferry_db::secrets::{metadata, tags};
use uuid::Uuid;

use super::integrity::Opener;
use super::model::{Metadata, Tag};
use crate::error::Result;

/// Whose tags and metadata are wanted.
#[derive(Clone, Copy)]
pub(super) enum Of<'a> {
    Secrets(&'a [Uuid]),
    Folders(&'a [Uuid]),
}

/// Tags of one secret, with their slugs as permissions need them.
#[derive(Clone, Default)]
pub(super) struct TagSet {
    pub(super) tags: Vec<Tag>,
    pub(super) slugs: Vec<String>,
}

impl TagSet {
    pub(super) fn new(mut tags: Vec<Tag>) -> Self {
        tags.sort_by(|a, b| a.slug.cmp(&b.slug));
        let slugs = tags.iter().map(|tag| tag.slug.clone()).collect();
        Self { tags, slugs }
    }
}

/// Tags by secret.
#[derive(Default)]
pub(super) struct Tags(HashMap<Uuid, TagSet>);

impl Tags {
    pub(super) async fn load(conn: &impl Conn, project_id: Uuid, of: Of<'_>, project_has_tags: bool) -> Result<Self> {
        let asks_nothing = matches!(of, Of::Secrets([]) | Of::Folders([]));
        if !project_has_tags || asks_nothing {
            return Ok(Self::default());
        }
        let links: Vec<secret_tags::Model> = match of {
            Of::Secrets(ids) => tags::of_secrets(conn, ids).await?,
            Of::Folders(ids) => tags::in_folders(conn, ids).await?,
        };
        if links.is_empty() {
            return Ok(Self::default());
        }
        let known: HashMap<Uuid, Tag> = tags::of_project(conn, project_id)
            .await?
            .into_iter()
            .map(|tag| (tag.id, Tag { id: tag.id, slug: tag.slug, color: tag.color }))
            .collect();
        let mut lists: HashMap<Uuid, Vec<Tag>> = HashMap::new();
        for link in links {
            if let Some(tag) = known.get(&link.tag_id) {
                lists.entry(link.secret_id).or_default().push(tag.clone());
            }
        }
        Ok(Self(lists.into_iter().map(|(id, list)| (id, TagSet::new(list))).collect()))
    }

    /// The slugs of a secret's tags.
    pub(super) fn slugs(&self, secret_id: Uuid) -> &[String] {
        self.0.get(&secret_id).map_or(&[], |set| &set.slugs)
    }

    pub(super) fn take(&mut self, secret_id: Uuid) -> Vec<Tag> {
        self.0.remove(&secret_id).map(|set| set.tags).unwrap_or_default()
    }

    pub(super) fn get(&self, secret_id: Uuid) -> TagSet {
        self.0.get(&secret_id).cloned().unwrap_or_default()
    }
}

/// Metadata by secret.
#[derive(Default)]
pub(super) struct MetadataOf(HashMap<Uuid, Vec<Metadata>>);

impl MetadataOf {
    pub(super) async fn load(conn: &impl Conn, opener: &Opener<'_>, of: Of<'_>, project_has_metadata: bool) -> Result<Self> {
        let asks_nothing = matches!(of, Of::Secrets([]) | Of::Folders([]));
        if !project_has_metadata || asks_nothing {
            return Ok(Self::default());
        }
        let rows: Vec<secret_metadata::Model> = match of {
            Of::Secrets(ids) => metadata::of_secrets(conn, ids).await?,
            Of::Folders(ids) => metadata::in_folders(conn, ids).await?,
        };
        let mut lists: HashMap<Uuid, Vec<Metadata>> = HashMap::new();
        for row in rows {
            let value = opener.metadata(&row)?;
            lists.entry(row.secret_id).or_default().push(Metadata { key: row.key, value, is_encrypted: row.is_encrypted });
        }
        Ok(Self(lists))
    }

    pub(super) fn get(&self, secret_id: Uuid) -> &[Metadata] {
        self.0.get(&secret_id).map_or(&[], Vec::as_slice)
    }

    pub(super) fn take(&mut self, secret_id: Uuid) -> Vec<Metadata> {
        self.0.remove(&secret_id).unwrap_or_default()
    }
}
