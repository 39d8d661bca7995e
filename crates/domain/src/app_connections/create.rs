//! Creates a connection (C7).

use keyferry_db::DbError;
use keyferry_db::entities::app_connections::Model;
use keyferry_db::entities::projects;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use uuid::Uuid;

use super::validate::{Unsaved, connector, to_credentials, validate};
use super::{SUBJECT, credentials, event, fields, health::Health, name_taken, parse_project_id, unknown_project};
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// A connection to be.
#[derive(Clone, Debug)]
pub struct CreateConnection {
    /// Destination, such as `checkly`.
    pub app: String,
    /// A slug, unique in its scope.
    pub name: String,
    /// Way to connect, such as `api-key`.
    pub method: String,
    /// A note, at most 256 characters.
    pub description: Option<String>,
    /// The project it shall belong to; none for the whole organization.
    pub project_id: Option<String>,
    /// The key.
    pub api_key: SecretString,
}

/// Validates the key with the destination, then stores it.
///
/// # Errors
/// 400 for an unknown project, a key the destination refuses and a taken name (in this order), 403 without `create`.
pub async fn create(app: &App, caller: &Caller, input: CreateConnection) -> Result<Model> {
    Ok(create_or_say_why(app, caller, input).await?)
}

/// Like [`create`], telling a refused key apart from other errors.
///
/// # Errors
/// As [`create`].
pub async fn create_or_say_why(app: &App, caller: &Caller, input: CreateConnection) -> Result<Model, Unsaved> {
    fields::check_name(&input.name, fields::MAX_NAME)?;
    fields::check_description(input.description.as_deref())?;
    fields::check_api_key(input.api_key.expose_secret())?;
    let connector = connector(app, &input.app)?;
    if !connector.descriptor().methods.iter().any(|(method, _)| *method == input.method) {
        return Err(Error::invalid_field(&["method"], "Unknown method").into());
    }

    let (org_id, project_id) = permitted_scope(app, caller, input.project_id.as_deref()).await?;
    let credentials = to_credentials(app, input.api_key);
    validate(app, connector.as_ref(), &credentials).await?;

    let now_ms = app.now_ms();
    let id = app.ids.v4();
    let tx = app.db.begin().await?;
    let (sealed, hash) = credentials::seal(app, &tx, org_id, project_id, id, &credentials.api_key).await?;
    let row = Model {
        id,
        org_id,
        project_id,
        scope_id: project_id.unwrap_or(Uuid::nil()),
        name: input.name,
        app: input.app,
        method: input.method,
        description: input.description,
        credentials: sealed,
        credentials_hash: hash,
        api_key_hash: credentials.key_hash.to_vec(),
        api_origin: connector.origin(),
        version: 1,
        health_status: Some(Health::Working.as_str().to_owned()),
        health_message: None,
        health_checked_at_ms: Some(now_ms),
        actor_type: caller.actor.kind().to_owned(),
        actor_id: caller.actor.id(),
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(&tx, row.clone()).await.map_err(|error| match error {
        DbError::Unique(_) => name_taken(&row.name),
        DbError::ForeignKey(_) => project_id.map_or_else(|| Error::from(error), unknown_project),
        other => other.into(),
    })?;
    let metadata = json!({
        "name": row.name, "method": row.method, "app": row.app, "connectionId": id, "isPlatformManagedCredentials": false,
    });
    audit::record(app, &tx, caller, event(caller, &row, "create-app-connection", metadata)).await?;
    tx.commit().await?;
    Ok(row)
}

async fn permitted_scope(app: &App, caller: &Caller, project_id: Option<&str>) -> Result<(Uuid, Option<Uuid>)> {
    let conn = app.db.read();
    let org_id = access::require_org(caller)?;
    let org = access::org_ability(app, conn, caller).await?;
    let Some(id) = project_id else {
        org.require("create", SUBJECT, Facts::any())?;
        return Ok((org_id, None));
    };
    let id = parse_project_id(id)?;
    keyferry_db::find_by_id::<projects::Model>(conn, id).await?.ok_or_else(|| unknown_project(id))?;
    access::project_ability(app, conn, caller, id).await?.1.require("create", SUBJECT, Facts::any())?;
    Ok((org_id, Some(id)))
}
