//! How requests name a project and a folder in it; shared by the resources of a project.

use keyferry_domain::paths::SecretPath;
use keyferry_domain::{Error, Result};
use uuid::Uuid;

use crate::wire::{Codec, Decode, Fields, text};

/// A project's id as sent. Whatever is no UUID is the id of no project: 404, not 422.
pub(crate) struct ProjectId(String);

impl ProjectId {
    /// Reads the id from a field.
    pub(crate) fn read(f: &mut Fields<'_>, name: &'static str) -> Option<Self> {
        f.required(name, text().trim()).map(Self)
    }

    /// The id.
    pub(crate) fn get(&self) -> Result<Uuid> {
        Uuid::parse_str(&self.0).map_err(|_not_a_uuid| Error::not_found(format!("Project with {} not found", self.0)))
    }
}

/// The part of a path that names a project by id.
pub(crate) struct InProject(ProjectId);

impl Decode for InProject {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        ProjectId::read(f, "projectId").map(Self)
    }
}

impl InProject {
    /// The id.
    pub(crate) fn id(&self) -> Result<Uuid> {
        self.0.get()
    }
}

/// The part of a path that names a project by slug.
pub(crate) struct BySlug(pub(crate) String);

impl Decode for BySlug {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("slug", text().trim()).map(Self)
    }
}

/// A folder path, canonicalised.
pub(crate) fn folder_path() -> impl Codec<Out = SecretPath> {
    text().try_map(|given| SecretPath::parse(&given).map_err(|error| error.to_string()))
}

/// How a version of the API names the project.
pub(crate) trait Version: Send + Sync + 'static {
    /// The field.
    const PROJECT: &'static str;
}

/// `workspaceId`.
pub(crate) struct V1;

impl Version for V1 {
    const PROJECT: &'static str = "workspaceId";
}

/// `projectId`.
pub(crate) struct V2;

impl Version for V2 {
    const PROJECT: &'static str = "projectId";
}
