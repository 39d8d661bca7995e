//! Changes a sync (S7). What was written under the old destination, key schema or source is not cleaned up.

use keyferry_db::entities::secret_syncs::Model;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::check_destination::refuse_duplicate;
use super::create::{folder_missing, write_error};
use super::destination::{DestinationConfig, destination_id};
use super::input::{self, SyncOptionsInput};
use super::trigger::{self, Trigger};
use super::view::{self, SyncView, display_name, reread};
use super::{SUBJECT, rights};
use crate::access::Facts;
use crate::app::App;
use crate::app_connections::{self, check_description, check_name};
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::folders::{self, Place};
use crate::paths::SecretPath;

/// What shall change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct UpdateSync {
    /// New name.
    pub name: Option<String>,
    /// New note; `Some(None)` clears it.
    pub description: Option<Option<String>>,
    /// Another connection.
    pub connection_id: Option<Uuid>,
    /// Slug of another environment.
    pub environment: Option<String>,
    /// Path of another folder.
    pub secret_path: Option<String>,
    /// Whether changes of the source start it.
    pub is_auto_sync_enabled: Option<bool>,
    /// `includeAllSubFolders` beside `isAutoSyncEnabled`, if it was given there.
    pub include_all_sub_folders: Option<bool>,
    /// Replaces the options as a whole.
    pub sync_options: Option<SyncOptionsInput>,
    /// Replaces the destination as a whole.
    pub destination_config: Option<DestinationConfig>,
}

impl UpdateSync {
    fn check(&self) -> Result<()> {
        if let Some(name) = &self.name {
            check_name(name, input::MAX_NAME)?;
        }
        if let Some(description) = &self.description {
            check_description(description.as_deref())?;
        }
        if let Some(options) = &self.sync_options {
            options.check()?;
            input::check_sub_folders(self.include_all_sub_folders, options.include_all_sub_folders)?;
        }
        match &self.destination_config {
            Some(config) => input::check_destination_config(config),
            None => Ok(()),
        }
    }

    fn metadata(&self, sync: &Model) -> Result<Value> {
        let mut body = Map::new();
        let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
        put("syncId", json!(sync.id));
        put("destination", json!(sync.destination));
        if let Some(name) = &self.name {
            put("name", json!(name));
        }
        if let Some(description) = &self.description {
            put("description", json!(description));
        }
        if let Some(connection_id) = &self.connection_id {
            put("connectionId", json!(connection_id));
        }
        if let Some(environment) = &self.environment {
            put("environment", json!(environment));
        }
        if let Some(path) = &self.secret_path {
            put("secretPath", json!(path));
        }
        if let Some(enabled) = self.is_auto_sync_enabled {
            put("isAutoSyncEnabled", json!(enabled));
        }
        if let Some(include) = self.include_all_sub_folders {
            put("includeAllSubFolders", json!(include));
        }
        if let Some(options) = &self.sync_options {
            put("syncOptions", input::to_json(options)?);
        }
        if let Some(config) = &self.destination_config {
            put("destinationConfig", input::to_json(config)?);
        }
        Ok(Value::Object(body))
    }

    fn changes_source(&self) -> bool {
        self.environment.is_some() || self.secret_path.is_some()
    }
}

/// Applies the changes and, if the sync is then automatic and has a source, queues a run, whatever was changed. A sync that a
/// restore paused is paused no longer.
///
/// # Errors
/// 404 for an unknown sync, 403 without `edit` on the old and new source and connection or without the right to read the
/// source, 400 as in [`super::create()`].
pub async fn update(app: &App, caller: &Caller, destination: &str, id: Uuid, input: UpdateSync) -> Result<SyncView> {
    input.check()?;
    let conn = app.db.read();
    let not_found = || Error::not_found(format!("Could not find {} Sync with ID {id}", display_name(app, destination)));
    let (before, ability) = view::find(app, conn, caller, id, not_found).await?;
    before.require(&ability, "edit")?;
    let new_source = wanted_source(&before, &input);
    let mut connection_text = before.sync.connection_id.to_string();
    if let Ok(Some((environment, path))) = &new_source {
        let facts = Facts { connection_id: Some(&connection_text), ..Facts::at(environment, path.as_str()) };
        ability.require("edit", SUBJECT, facts)?;
    }
    before.require_destination(app, destination)?;
    let config = input.destination_config.as_ref().map(input::to_map).transpose()?;
    if let Some(config) = &config {
        refuse_duplicate(conn, before.sync.org_id, destination, config, Some(id)).await?;
    }
    let mut connection = before.connection.clone();
    if let Some(connection_id) = input.connection_id.filter(|id| *id != before.sync.connection_id) {
        connection = app_connections::usable(app, conn, caller, destination, connection_id, Some(before.sync.project_id)).await?;
        connection_text = connection_id.to_string();
        let facts = match (&new_source, &before.source) {
            (Ok(Some((environment, path))), _) => Facts::at(environment, path.as_str()),
            (_, Some(source)) => Facts::at(&source.environment.slug, source.path.as_str()),
            (_, None) => Facts::any(),
        };
        ability.require("edit", SUBJECT, Facts { connection_id: Some(&connection_text), ..facts })?;
    }
    let source = match &new_source? {
        None => before.source.clone(),
        Some((environment, path)) => {
            ability.require("readValue", "secrets", Facts::at(environment, path.as_str()))?;
            let found = folders::resolve(conn, before.sync.project_id, environment, path).await?;
            Some(found.ok_or_else(|| {
                let raw = |text: &Option<String>| text.clone().unwrap_or_else(|| "undefined".to_owned());
                folder_missing(&raw(&input.secret_path), &raw(&input.environment), before.sync.project_id)
            })?)
        }
    };

    let mut changed = apply(before.sync.clone(), &input, config.clone(), source.as_ref(), connection.id)?;
    if let Some(source) = &source {
        changed.grants = rights::collect(app, conn, caller, &changed, source).await?;
    }
    let grants = changed.grants;

    let tx = app.db.begin().await?;
    // Read again: a run may have written its outcome since.
    let current = keyferry_db::secret_syncs::lock(&tx, id).await?.ok_or_else(|| view::not_found(app, destination, id))?;
    let mut sync = apply(current, &input, config, source.as_ref(), connection.id)?;
    sync.grants = grants;
    sync.is_paused = false;
    sync.updated_at_ms = app.now_ms();
    keyferry_db::update(&tx, sync.clone()).await.map_err(|error| write_error(error, &sync))?;
    let event = Event::project(caller, sync.project_id, "update-secret-sync", input.metadata(&sync)?);
    audit::record(app, &tx, caller, event).await?;
    if sync.is_auto_sync_enabled && source.is_some() {
        trigger::enqueue_sync(app, &tx, &sync, Trigger::Update, caller, None).await?;
        sync = reread(&tx, &sync).await?;
    }
    tx.commit().await?;
    app.queue.wake();
    Ok(SyncView { sync, connection, source })
}

/// The environment and path the sync shall have, if the request speaks of them.
fn wanted_source(before: &SyncView, input: &UpdateSync) -> Result<Option<(String, SecretPath)>> {
    if !input.changes_source() {
        return Ok(None);
    }
    let missing = || Error::bad_request("Must specify both source environment and secret path");
    let environment = match (&input.environment, &before.source) {
        (Some(environment), _) => environment.clone(),
        (None, Some(source)) => source.environment.slug.clone(),
        (None, None) => return Err(missing()),
    };
    let path = match (&input.secret_path, &before.source) {
        (Some(path), _) => SecretPath::parse(path)?,
        (None, Some(source)) => source.path.clone(),
        (None, None) => return Err(missing()),
    };
    Ok(Some((environment, path)))
}

fn apply(
    mut sync: Model,
    input: &UpdateSync,
    config: Option<Map<String, Value>>,
    source: Option<&Place>,
    connection_id: Uuid,
) -> Result<Model> {
    if let Some(name) = &input.name {
        sync.name.clone_from(name);
    }
    if let Some(description) = &input.description {
        sync.description.clone_from(description);
    }
    if let Some(enabled) = input.is_auto_sync_enabled {
        sync.is_auto_sync_enabled = enabled;
    }
    if let Some(options) = &input.sync_options {
        // The column says what is in force; the options hold the flag only if it was given there.
        let was_within = without_sub_folders(&sync.sync_options)? != sync.sync_options;
        sync.sync_options = input::to_json(options)?.to_string();
        if options.include_all_sub_folders.is_some() || was_within {
            sync.include_all_sub_folders = options.include_all_sub_folders;
        }
    }
    if let Some(include) = input.include_all_sub_folders {
        sync.include_all_sub_folders = Some(include);
        sync.sync_options = without_sub_folders(&sync.sync_options)?;
    }
    if let (Some(config), Some(given)) = (config, &input.destination_config) {
        sync.destination_id = destination_id(given);
        sync.destination_config = Value::Object(config).to_string();
    }
    if input.changes_source()
        && let Some(source) = source
    {
        sync.environment_id = Some(source.environment.id);
        sync.folder_id = Some(source.folder.id);
    }
    sync.connection_id = connection_id;
    Ok(sync)
}

fn without_sub_folders(options: &str) -> Result<String> {
    let mut options: Map<String, Value> =
        serde_json::from_str(options).map_err(|e| Error::internal(format!("stored options cannot be read: {e}")))?;
    options.shift_remove("includeAllSubFolders");
    Ok(Value::Object(options).to_string())
}
