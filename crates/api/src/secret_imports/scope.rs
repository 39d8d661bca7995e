//! What every request about imports names: the project, and the folder that imports.

use std::marker::PhantomData;

use keyferry_domain::paths::SecretPath;
use keyferry_domain::{Error, Result};
use uuid::Uuid;

use crate::projects::params::{ProjectId, folder_path};
pub(super) use crate::projects::params::{V1, V2, Version};
use crate::wire::{Decode, Fields, text};

/// The importing folder as a request names it.
pub(super) struct Scope<V> {
    pub(super) project_id: ProjectId,
    pub(super) environment: String,
    pub(super) path: SecretPath,
    version: PhantomData<V>,
}

impl<V: Version> Decode for Scope<V> {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project_id = ProjectId::read(f, V::PROJECT);
        let environment = f.required("environment", text().trim());
        let path = f.default("path", folder_path(), SecretPath::root());
        Some(Self { project_id: project_id?, environment: environment?, path: path?, version: PhantomData })
    }
}

/// The part of a path that names an import.
pub(super) struct Params(String);

impl Decode for Params {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("secretImportId", text().trim()).map(Self)
    }
}

impl Params {
    /// The id. Whatever is no UUID is the id of no import.
    pub(super) fn id(&self) -> Result<Uuid> {
        Uuid::parse_str(&self.0).map_err(|_not_a_uuid| Error::not_found(format!("Secret import with ID '{}' not found", self.0)))
    }
}
