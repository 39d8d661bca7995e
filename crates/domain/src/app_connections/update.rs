//! Changes a connection (C8). The syncs that use it are not run again.

use keyferry_db::DbError;
use keyferry_db::entities::app_connections::Model;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::validate::{Unsaved, connector, to_credentials, validate};
use super::{credentials, event, fields, find_permitted, health::Health, name_taken, not_found};
use crate::app::App;
use crate::audit;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// What shall change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct UpdateConnection {
    /// New name.
    pub name: Option<String>,
    /// New note; `Some(None)` clears it.
    pub description: Option<Option<String>>,
    /// New key; it is validated with the destination first.
    pub api_key: Option<SecretString>,
}

/// Applies the changes. Without a key there is no outbound call and `credentials_hash` stays.
///
/// # Errors
/// 404 for an unknown connection, 403 without `edit`, 400 for a key the destination refuses and for a taken name.
pub async fn update(app: &App, caller: &Caller, connection_app: &str, id: Uuid, input: UpdateConnection) -> Result<Model> {
    Ok(update_or_say_why(app, caller, connection_app, id, input).await?)
}

/// Like [`update`], telling a refused key apart from other errors.
///
/// # Errors
/// As [`update`].
pub async fn update_or_say_why(
    app: &App,
    caller: &Caller,
    connection_app: &str,
    id: Uuid,
    input: UpdateConnection,
) -> Result<Model, Unsaved> {
    if let Some(name) = &input.name {
        fields::check_name(name, fields::MAX_NAME)?;
    }
    if let Some(description) = &input.description {
        fields::check_description(description.as_deref())?;
    }
    if let Some(key) = &input.api_key {
        fields::check_api_key(key.expose_secret())?;
    }
    let before = find_permitted(app, app.db.read(), caller, connection_app, id, "edit").await?;
    let connector = connector(app, &before.app)?;
    let credentials = match input.api_key {
        Some(key) => {
            let credentials = to_credentials(app, key);
            validate(app, connector.as_ref(), &credentials).await?;
            Some(credentials)
        }
        None => None,
    };

    let now_ms = app.now_ms();
    let tx = app.db.begin().await?;
    // Read again: the validation took time, and another change may have been made.
    let mut row = keyferry_db::app_connections::lock(&tx, before.org_id, id).await?.ok_or_else(|| not_found(id))?;
    let mut metadata = Map::new();
    if let Some(name) = input.name {
        metadata.insert("name".to_owned(), Value::from(name.clone()));
        row.name = name;
    }
    if let Some(description) = input.description {
        metadata.insert("description".to_owned(), Value::from(description.clone()));
        row.description = description;
    }
    metadata.insert("credentialsUpdated".to_owned(), Value::Bool(credentials.is_some()));
    metadata.insert("connectionId".to_owned(), json!(id));
    metadata.insert("isPlatformManagedCredentials".to_owned(), Value::Bool(false));
    if let Some(credentials) = &credentials {
        let (sealed, hash) = credentials::seal(app, &tx, row.org_id, row.project_id, id, &credentials.api_key).await?;
        row.credentials = sealed;
        row.credentials_hash = hash;
        row.api_key_hash = credentials.key_hash.to_vec();
        row.api_origin = connector.origin();
        row.health_status = Some(Health::Working.as_str().to_owned());
        row.health_message = None;
        row.health_checked_at_ms = Some(now_ms);
    }
    row.updated_at_ms = now_ms;
    keyferry_db::update(&tx, row.clone()).await.map_err(|error| match error {
        DbError::Unique(_) => name_taken(&row.name),
        other => Error::from(other),
    })?;
    audit::record(app, &tx, caller, event(caller, &row, "update-app-connection", Value::Object(metadata))).await?;
    tx.commit().await?;
    Ok(row)
}
