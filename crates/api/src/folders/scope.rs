//! What every request about folders names: the project, the environment, the parent's path.

use std::marker::PhantomData;

use keyferry_domain::folders::is_valid_name;
use keyferry_domain::paths::SecretPath;

use crate::projects::params::{ProjectId, folder_path};
pub(super) use crate::projects::params::{V1, V2, Version};
use crate::wire::{Codec, Decode, Fields, text};

const NAME_MESSAGE: &str = "Invalid folder name. Only alphanumeric characters, dashes, and underscores are allowed.";

/// A parent folder as a request names it.
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
        let path = f.optional("path", folder_path());
        let directory = f.optional("directory", folder_path());
        let path = path?.or(directory?).unwrap_or_else(SecretPath::root);
        Some(Self { project_id: project_id?, environment: environment?, path, version: PhantomData })
    }
}

/// A folder's own name.
pub(super) fn name() -> impl Codec<Out = String> {
    text().trim().check(is_valid_name, NAME_MESSAGE)
}

/// The part of a path that names a folder: its id or its name.
pub(super) struct Params(pub(super) String);

impl Decode for Params {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("folderId", text().trim()).map(Self)
    }
}
