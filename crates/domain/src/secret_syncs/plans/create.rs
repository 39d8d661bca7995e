//! Makes a plan, of a stored sync or of one that does not exist yet.

use keyferry_connectors::Priority;
use keyferry_db::entities::sync_plans;
use serde_json::json;
use uuid::Uuid;

use super::{Look, compute, row, store};
use crate::access::{self, Facts};
use crate::app::App;
use crate::app_connections;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::folders;
use crate::paths::SecretPath;
use crate::secret_syncs::create::{CreateSync, folder_missing};
use crate::secret_syncs::destination::destination_id;
use crate::secret_syncs::engine::Subject;
use crate::secret_syncs::model::SyncOptions;
use crate::secret_syncs::view::find_permitted;
use crate::secret_syncs::{SUBJECT, grants, input};

/// What a run of the sync would do now.
///
/// # Errors
/// 404 for an unknown sync, 403 without `read`, 400 when it cannot run or the destination does not answer.
pub async fn create_for_sync(app: &App, caller: &Caller, destination: &str, sync_id: Uuid) -> Result<sync_plans::Model> {
    let (view, _) = find_permitted(app, app.db.read(), caller, destination, sync_id, "read").await?;
    view.require_source()?;
    let decided = compute(app, &Subject::of(&view.sync)?, Priority::Preview, Look::Around).await?;
    let sync = &view.sync;
    let plan = row(app, sync.org_id, sync.project_id, Some(sync.id), None, &decided.plan, &decided.warnings, &caller.actor)?;
    save(app, caller, destination, plan).await
}

/// What the first run of such a sync would do now.
///
/// # Errors
/// As creating it: 403 for the permissions, 400 for the source, the connection, and a destination that does not answer.
pub async fn create_unsaved(app: &App, caller: &Caller, input: CreateSync) -> Result<sync_plans::Model> {
    input.check()?;
    let conn = app.db.read();
    let project_id = Uuid::parse_str(&input.project_id)
        .map_err(|_not_a_uuid| Error::not_found(format!("Project with {} not found", input.project_id)))?;
    let (project, ability) = access::project_ability(app, conn, caller, project_id).await?;
    let path = SecretPath::parse(&input.secret_path)?;
    let connection_text = input.connection_id.to_string();
    let facts = Facts { connection_id: Some(&connection_text), ..Facts::at(&input.environment, path.as_str()) };
    ability.require("create", SUBJECT, facts)?;
    ability.require("readValue", "secrets", Facts::at(&input.environment, path.as_str()))?;
    let source = folders::resolve(conn, project_id, &input.environment, &path)
        .await?
        .ok_or_else(|| folder_missing(&input.secret_path, &input.environment, project_id))?;
    let connection =
        app_connections::usable(app, conn, caller, &input.destination, input.connection_id, Some(project_id)).await?;
    let options_json = input::to_json(&input.sync_options)?;
    let options = SyncOptions::from_value(&options_json)?;
    let includes_sub_folders = input.include_all_sub_folders.unwrap_or(false) || options.include_all_sub_folders;
    let read = grants::source_options(&options, includes_sub_folders);
    let grants = grants::check_and_collect(app, conn, caller, project_id, source.folder.id, read).await?;
    let subject = Subject {
        org_id: project.org_id,
        project_id,
        sync_id: None,
        connection_id: connection.id,
        folder_id: Some(source.folder.id),
        destination: input.destination.clone(),
        destination_id: destination_id(&input.destination_config),
        target: input.destination_config.target(),
        options,
        includes_sub_folders,
        grants: Some(grants),
    };
    let decided = compute(app, &subject, Priority::Preview, Look::Around).await?;
    let request = json!({
        "connectionId": connection.id, "folderId": source.folder.id, "destinationId": subject.destination_id,
        "syncOptions": options_json, "includeAllSubFolders": includes_sub_folders,
    });
    let digest = keyferry_crypto::sha256_hex(request.to_string().as_bytes());
    let plan = row(app, project.org_id, project_id, None, Some(digest), &decided.plan, &decided.warnings, &caller.actor)?;
    save(app, caller, &input.destination, plan).await
}

async fn save(app: &App, caller: &Caller, destination: &str, plan: sync_plans::Model) -> Result<sync_plans::Model> {
    let tx = app.db.begin().await?;
    store(app, &tx, plan.clone()).await?;
    let metadata = json!({"planId": plan.id, "syncId": plan.sync_id, "destination": destination});
    audit::record(app, &tx, caller, Event::project(caller, plan.project_id, "create-secret-sync-plan", metadata)).await?;
    tx.commit().await?;
    Ok(plan)
}
