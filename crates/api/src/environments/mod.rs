//! Environments (core API contract, section 8.4), under `/api/v1/projects` and `/api/v1/workspace`.

mod create;
mod delete;
mod get;
mod response;
mod update;

use keyferry_domain::{Error, Result};
use uuid::Uuid;

use crate::projects::params::ProjectId;
use crate::wire::{Decode, Fields, text};

/// The group in the description.
const TAG: &str = "Environments";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    for endpoints in [create::endpoints(), get::endpoints(), update::endpoints(), delete::endpoints()] {
        for endpoint in endpoints {
            registry.add(endpoint);
        }
    }
}

/// The parts of a path that name an environment by its id.
struct Params {
    project_id: ProjectId,
    environment_id: String,
}

impl Decode for Params {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project_id = ProjectId::read(f, "projectId");
        let environment_id = f.required("envId", text().trim());
        Some(Self { project_id: project_id?, environment_id: environment_id? })
    }
}

impl Params {
    /// Project and environment. Whatever is no UUID is the id of no environment.
    fn ids(&self) -> Result<(Uuid, Uuid)> {
        let project_id = self.project_id.get()?;
        let id = Uuid::parse_str(&self.environment_id).map_err(|_not_a_uuid| {
            let id = &self.environment_id;
            Error::not_found(format!("Environment with id '{id}' in project with ID '{project_id}' not found"))
        })?;
        Ok((project_id, id))
    }
}
