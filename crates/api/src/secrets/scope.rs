//! Which folder a request is about: v3 takes a project's id or slug, v4 its id.

use std::marker::PhantomData;

use keyferry_domain::paths::SecretPath;
use keyferry_domain::secrets::{self, Kind, Location};
use keyferry_domain::{Actor, Error, Result};
use uuid::Uuid;

use crate::endpoint::Call;
use crate::wire::{Codec, Decode, Fields, text};

/// How a version of the API names the project.
pub(super) trait Version: Send + Sync + 'static {
    /// Reads the project; `None` inside for a v3 request that names none.
    fn project(f: &mut Fields<'_>) -> Option<Option<Project>>;
}

/// `workspaceId`, or `workspaceSlug` (queries) or `projectSlug` (bodies).
pub(super) struct V3;

/// `projectId`.
pub(super) struct V4;

/// A project as a request names it.
pub(super) enum Project {
    Id(String),
    Slug(String),
}

impl Version for V3 {
    fn project(f: &mut Fields<'_>) -> Option<Option<Project>> {
        let id = f.optional("workspaceId", text().trim().blank_is_absent());
        let query_slug = f.optional("workspaceSlug", text().trim().blank_is_absent());
        let body_slug = f.optional("projectSlug", text().trim().blank_is_absent());
        let slug = query_slug?.or(body_slug?);
        Some(id?.map(Project::Id).or(slug.map(Project::Slug)))
    }
}

impl Version for V4 {
    fn project(f: &mut Fields<'_>) -> Option<Option<Project>> {
        let id = f.required("projectId", text().trim());
        Some(Some(Project::Id(id?)))
    }
}

impl Project {
    /// The project's id; whether it exists for the caller is the rules' matter.
    pub(super) async fn id(&self, call: &Call) -> Result<Uuid> {
        match self {
            Self::Id(id) => id.parse().map_err(|_| Error::not_found(format!("Project with {id} not found"))),
            Self::Slug(slug) => secrets::project_id_by_slug(&call.app, &call.caller, slug).await,
        }
    }
}

/// A folder as a request names it.
pub(super) struct Scope<V> {
    project: Option<Project>,
    environment: String,
    path: SecretPath,
    version: PhantomData<V>,
}

impl<V: Version> Decode for Scope<V> {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project = V::project(f);
        let environment = f.required("environment", text().trim().min(1));
        let path = secret_path(f);
        Some(Self { project: project?, environment: environment?, path: path?, version: PhantomData })
    }
}

impl<V> Scope<V> {
    pub(super) async fn location(self, call: &Call) -> Result<Location> {
        let project = self.project.ok_or_else(|| Error::bad_request("You must provide projectSlug or workspaceId"))?;
        Ok(Location { project_id: project.id(call).await?, environment: self.environment, path: self.path })
    }
}

/// The place that a service token with a single scope stands for, whatever its request names (core API contract 3.5).
pub(super) fn only_place(call: &Call) -> Result<Option<Location>> {
    let Actor::Service { project_id, only_place: Some((environment, path)), .. } = &call.caller.actor else { return Ok(None) };
    let path = SecretPath::parse(path)?;
    Ok(Some(Location { project_id: *project_id, environment: environment.clone(), path }))
}

/// The kind of secret that a request means: service tokens know shared ones only (core API contract 3.5).
pub(super) fn kind_for(call: &Call, kind: Kind) -> Kind {
    if matches!(call.caller.actor, Actor::Service { .. }) { Kind::Shared } else { kind }
}

/// The folder's path; `/` when it is not given.
pub(super) fn secret_path(f: &mut Fields<'_>) -> Option<SecretPath> {
    f.default("secretPath", path(), SecretPath::root())
}

/// A folder path, canonicalised.
pub(super) fn path() -> impl Codec<Out = SecretPath> {
    text().try_map(|given| SecretPath::parse(&given).map_err(|error| error.to_string()))
}

/// The part of the path that names a secret.
pub(super) struct Name(pub(super) String);

impl Decode for Name {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.required("secretName", text().trim().min(1));
        Some(Self(name?))
    }
}
