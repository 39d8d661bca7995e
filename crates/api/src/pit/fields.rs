//! How requests name a commit and a folder.

use keyferry_domain::paths::SecretPath;
use keyferry_domain::secrets::Location;
use keyferry_domain::{Error, Result};
use uuid::Uuid;

use crate::projects::params::{ProjectId, folder_path};
use crate::wire::{Codec as _, Decode, Fields, text};

/// A commit in the path. Whatever is no UUID is the id of no commit: 404, not 422.
pub(crate) struct CommitId(String);

impl Decode for CommitId {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("commitId", text().trim()).map(Self)
    }
}

impl CommitId {
    /// The id.
    pub(crate) fn get(&self) -> Result<Uuid> {
        Uuid::parse_str(&self.0).map_err(|_not_a_uuid| Error::not_found(format!("Commit with ID '{}' not found", self.0)))
    }
}

/// A folder, in a query.
pub(crate) struct Folder {
    project_id: ProjectId,
    environment: String,
    path: SecretPath,
}

impl Decode for Folder {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project_id = ProjectId::read(f, "projectId");
        let environment = f.required("environment", text().trim());
        let path = f.default("path", folder_path().blank_is_absent(), SecretPath::root());
        Some(Self { project_id: project_id?, environment: environment?, path: path? })
    }
}

impl Folder {
    /// The folder.
    pub(crate) fn location(self) -> Result<Location> {
        Ok(Location { project_id: self.project_id.get()?, environment: self.environment, path: self.path })
    }
}
