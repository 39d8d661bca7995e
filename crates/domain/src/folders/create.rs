//! Creates a folder.

use serde_json::json;
use uuid::Uuid;

use super::{Place, ensure_path, invalid_name, is_valid_name, require_right};
use crate::access;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::environments::environment_missing;
use crate::error::Result;
use crate::paths::SecretPath;
use crate::secrets::commits::{Log, author, folder_added};

/// A folder to be.
#[derive(Clone, Debug)]
pub struct CreateFolder {
    /// The project.
    pub project_id: Uuid,
    /// Slug of the environment.
    pub environment: String,
    /// Where it shall lie; missing folders on the way are created.
    pub path: SecretPath,
    /// Letters, digits, dashes and underscores.
    pub name: String,
    /// A note.
    pub description: Option<String>,
}

/// Creates a folder, or answers the one that is there already.
///
/// # Errors
/// 404 for an unknown environment, 403 without `create`, 400 for a name that is not allowed.
pub async fn create(app: &App, caller: &Caller, input: CreateFolder) -> Result<Place> {
    if !is_valid_name(&input.name) {
        return Err(invalid_name());
    }
    let (_, ability) = access::project_ability(app, app.db.read(), caller, input.project_id).await?;
    require_right(&ability, "create", &input.environment, &input.path)?;
    // Bounds on depth and length hold for the folder itself too.
    let path = SecretPath::parse(input.path.join(&input.name).as_str())?;

    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, input.project_id).await?;
    let environment = keyferry_db::environments::find_by_slug(&tx, input.project_id, &input.environment)
        .await?
        .ok_or_else(|| environment_missing("CreateFolder", &input.environment, input.project_id))?;
    let (mut place, created) = ensure_path(app, &tx, environment, &path).await?;
    let Some(first) = created.first() else { return Ok(place) };
    keyferry_db::folders::lock(&tx, first.parent_id.as_slice()).await?;
    let log = Log::default();
    created.iter().for_each(|folder| folder_added(&log, folder));
    log.write(&tx, author(app, &caller.actor), input.project_id, None).await?;
    if input.description.is_some() {
        place.folder.description = input.description;
        keyferry_db::update(&tx, place.folder.clone()).await?;
    }
    let metadata = json!({
        "environment": input.environment, "folderId": place.folder.id, "folderName": place.folder.name,
        "folderPath": input.path.as_str(), "description": place.folder.description,
    });
    audit::record(app, &tx, caller, Event::project(caller, input.project_id, "create-folder", metadata)).await?;
    tx.commit().await?;
    Ok(place)
}
