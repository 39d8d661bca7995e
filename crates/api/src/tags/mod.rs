//! Tags (core API contract, section 8.5), under `/api/v1/projects` and `/api/v1/workspace`.

mod read;
mod response;
mod write;

use keyferry_domain::{Error, Result};
use uuid::Uuid;

use crate::projects::params::ProjectId;
use crate::wire::{Decode, Fields, text};

/// The group in the description.
const TAG: &str = "Tags";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    for endpoint in read::endpoints().into_iter().chain(write::endpoints()) {
        registry.add(endpoint);
    }
}

/// The parts of a path that name a tag by its id.
struct Params {
    project_id: ProjectId,
    tag_id: String,
}

impl Decode for Params {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project_id = ProjectId::read(f, "projectId");
        let tag_id = f.required("tagId", text().trim());
        Some(Self { project_id: project_id?, tag_id: tag_id? })
    }
}

impl Params {
    /// Project and tag. Whatever is no UUID is the id of no tag.
    fn ids(&self) -> Result<(Uuid, Uuid)> {
        let id = Uuid::parse_str(&self.tag_id).map_err(|_not_a_uuid| Error::not_found("Tag doesn't exist"))?;
        Ok((self.project_id.get()?, id))
    }
}
