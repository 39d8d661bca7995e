//! From a location to a folder.

use std::sync::Arc;

use keyferry_db::Conn;
use keyferry_db::secrets::places;
use uuid::Uuid;

use super::model::Location;
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// A folder that exists, with what readers need to know of its surroundings.
#[derive(Clone)]
pub(super) struct Spot {
    pub(super) environment: Arc<str>,
    pub(super) path: Arc<str>,
    pub(super) folder_id: Uuid,
    pub(super) has_imports: bool,
    pub(super) project_has_tags: bool,
    pub(super) project_has_metadata: bool,
}

impl Spot {
    pub(super) fn new(at: &Location, place: places::Place) -> Self {
        Self {
            environment: Arc::from(at.environment.as_str()),
            path: Arc::from(at.path.as_str()),
            folder_id: place.folder_id,
            has_imports: place.has_imports,
            project_has_tags: place.project_has_tags,
            project_has_metadata: place.project_has_metadata,
        }
    }
}

/// Finds the folder at a location.
pub(super) async fn locate(conn: &impl Conn, at: &Location) -> Result<Option<Spot>> {
    let names: Vec<&str> = at.path.segments().collect();
    let place = places::find(conn, at.project_id, &at.environment, &names).await?;
    Ok(place.map(|place| Spot::new(at, place)))
}

/// The refusal of writes and of single reads where the folder is missing (core API contract 10.6).
pub(super) fn folder_not_found(name: &str, environment: &str, path: &str) -> Error {
    Error::not_found_named(name, format!("Folder with path '{path}' in environment with slug '{environment}' not found"))
}

/// The project of the caller's organization with this slug.
///
/// # Errors
/// [`Error::NotFound`] for an unknown slug, [`Error::Unauthorized`] without an organization.
pub async fn project_id_by_slug(app: &App, caller: &Caller, slug: &str) -> Result<Uuid> {
    let org_id = crate::access::require_org(caller)?;
    keyferry_db::secrets::project_id_by_slug(app.db.read(), org_id, slug)
        .await?
        .ok_or_else(|| Error::not_found(format!("No project found with slug {slug}")))
}
