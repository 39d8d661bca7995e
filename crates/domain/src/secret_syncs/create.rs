//! Creates a sync (S6). Makes no call to the destination.

use keyferry_db::DbError;
use keyferry_db::entities::secret_syncs::Model;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::check_destination::refuse_duplicate;
use super::destination::{DestinationConfig, destination_id};
use super::input::{self, ApproveInput, SyncOptionsInput};
use super::trigger::{self, Trigger};
use super::view::{SyncView, reread};
use super::{SUBJECT, rights};
use crate::access::{self, Facts};
use crate::app::App;
use crate::app_connections::{self, check_description, check_name};
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::folders;
use crate::paths::SecretPath;

/// A sync to be.
#[derive(Clone, Debug)]
pub struct CreateSync {
    /// Destination, such as `checkly`.
    pub destination: String,
    /// A slug, unique in the project.
    pub name: String,
    /// A note, at most 256 characters.
    pub description: Option<String>,
    /// The project.
    pub project_id: String,
    /// The connection to use.
    pub connection_id: Uuid,
    /// Slug of the source's environment.
    pub environment: String,
    /// Path of the source's folder.
    pub secret_path: String,
    /// Whether changes of the source start it.
    pub is_auto_sync_enabled: bool,
    /// `includeAllSubFolders` beside `isAutoSyncEnabled`, if it was given there.
    pub include_all_sub_folders: Option<bool>,
    /// How it works.
    pub sync_options: SyncOptionsInput,
    /// Where it writes.
    pub destination_config: DestinationConfig,
    /// Deletions approved beforehand, for the first run.
    pub approve: Option<ApproveInput>,
}

impl CreateSync {
    pub(super) fn check(&self) -> Result<()> {
        check_name(&self.name, input::MAX_NAME)?;
        check_description(self.description.as_deref())?;
        self.sync_options.check()?;
        input::check_destination_config(&self.destination_config)?;
        input::check_sub_folders(self.include_all_sub_folders, self.sync_options.include_all_sub_folders)
    }

    /// The request as the audit log keeps it; nothing in it is secret.
    fn metadata(&self, id: Uuid) -> Result<Value> {
        let mut body = Map::new();
        body.insert("syncId".to_owned(), json!(id));
        body.insert("destination".to_owned(), json!(self.destination));
        body.insert("name".to_owned(), json!(self.name));
        if let Some(description) = &self.description {
            body.insert("description".to_owned(), json!(description));
        }
        body.insert("projectId".to_owned(), json!(self.project_id));
        body.insert("connectionId".to_owned(), json!(self.connection_id));
        body.insert("environment".to_owned(), json!(self.environment));
        body.insert("secretPath".to_owned(), json!(self.secret_path));
        body.insert("isAutoSyncEnabled".to_owned(), json!(self.is_auto_sync_enabled));
        if let Some(include) = self.include_all_sub_folders {
            body.insert("includeAllSubFolders".to_owned(), json!(include));
        }
        body.insert("syncOptions".to_owned(), input::to_json(&self.sync_options)?);
        body.insert("destinationConfig".to_owned(), input::to_json(&self.destination_config)?);
        if let Some(approve) = &self.approve {
            body.insert("approve".to_owned(), approve.metadata());
        }
        Ok(Value::Object(body))
    }
}

/// Stores the sync and, with auto-sync on, queues its first run in the same transaction.
///
/// # Errors
/// In this order: 403 for the caller's permissions on the project, the sync and the source, 400 for a missing source, for a
/// destination another sync has (where the organization forbids it), for a connection that cannot be used, for a taken name.
pub async fn create(app: &App, caller: &Caller, input: CreateSync) -> Result<SyncView> {
    input.check()?;
    let conn = app.db.read();
    let project_id = Uuid::parse_str(&input.project_id)
        .map_err(|_not_a_uuid| Error::not_found(format!("Project with {} not found", input.project_id)))?;
    let (project, ability) = access::project_ability(app, conn, caller, project_id).await?;
    let path = SecretPath::parse(&input.secret_path)?;
    let connection_text = input.connection_id.to_string();
    let facts = Facts { connection_id: Some(&connection_text), ..Facts::at(&input.environment, path.as_str()) };
    ability.require("create", SUBJECT, facts)?;
    if input.approve.is_some() {
        ability.require("remove-secrets", SUBJECT, facts)?;
    }
    ability.require("readValue", "secrets", Facts::at(&input.environment, path.as_str()))?;
    let source = folders::resolve(conn, project_id, &input.environment, &path)
        .await?
        .ok_or_else(|| folder_missing(&input.secret_path, &input.environment, project_id))?;
    let config = input::to_map(&input.destination_config)?;
    refuse_duplicate(conn, project.org_id, &input.destination, &config, None).await?;
    let connection =
        app_connections::usable(app, conn, caller, &input.destination, input.connection_id, Some(project_id)).await?;

    let now_ms = app.now_ms();
    let id = app.ids.v4();
    let mut sync = Model {
        id,
        org_id: project.org_id,
        project_id,
        connection_id: connection.id,
        environment_id: Some(source.environment.id),
        folder_id: Some(source.folder.id),
        name: input.name.clone(),
        description: input.description.clone(),
        destination: input.destination.clone(),
        destination_config: Value::Object(config).to_string(),
        destination_id: destination_id(&input.destination_config),
        sync_options: input::to_json(&input.sync_options)?.to_string(),
        include_all_sub_folders: input.include_all_sub_folders.or(input.sync_options.include_all_sub_folders),
        is_auto_sync_enabled: input.is_auto_sync_enabled,
        is_paused: false,
        version: 1,
        sync_status: None,
        last_sync_job_id: None,
        last_sync_message: None,
        last_synced_at_ms: None,
        import_status: None,
        last_import_job_id: None,
        last_import_message: None,
        last_imported_at_ms: None,
        remove_status: None,
        last_remove_job_id: None,
        last_remove_message: None,
        last_removed_at_ms: None,
        attempt: 0,
        next_retry_at_ms: None,
        failing_since_ms: None,
        last_run_id: None,
        pending_plan_id: None,
        pending_count: 0,
        grants: None,
        actor_type: caller.actor.kind().to_owned(),
        actor_id: caller.actor.id(),
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    sync.grants = rights::collect(app, conn, caller, &sync, &source).await?;

    let tx = app.db.begin().await?;
    keyferry_db::insert(&tx, sync.clone()).await.map_err(|error| write_error(error, &sync))?;
    let metadata = input.metadata(id)?;
    audit::record(app, &tx, caller, Event::project(caller, project_id, "create-secret-sync", metadata)).await?;
    if sync.is_auto_sync_enabled {
        let approval = input.approve.as_ref().map(ApproveInput::approval);
        trigger::enqueue_sync(app, &tx, &sync, Trigger::Create, caller, approval).await?;
        sync = reread(&tx, &sync).await?;
    }
    tx.commit().await?;
    app.queue.wake();
    Ok(SyncView { sync, connection, source: Some(source) })
}

pub(super) fn folder_missing(path: &str, environment: &str, project_id: Uuid) -> Error {
    Error::bad_request(format!(
        "Could not find folder with path \"{path}\" in environment \"{environment}\" for project with ID \"{project_id}\""
    ))
}

/// What a refused row means.
pub(super) fn write_error(error: DbError, sync: &Model) -> Error {
    match error {
        DbError::Unique(_) => Error::bad_request(format!(
            "A Secret Sync with the name \"{}\" already exists for the project with ID \"{}\"",
            sync.name, sync.project_id
        )),
        DbError::ForeignKey(_) => Error::bad_request(
            "The source folder, the App Connection or the project was removed meanwhile. Check them and try again.",
        ),
        other => other.into(),
    }
}
