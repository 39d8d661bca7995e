//! Creates an environment.

use keyferry_db::entities::environments::Model;
use keyferry_db::{DbError, WriteTx};
use serde_json::json;
use uuid::Uuid;

use super::{SUBJECT, check_name, check_slug, facts};
use crate::access;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::folders;

/// An environment to be.
#[derive(Clone, Debug)]
pub struct CreateEnvironment {
    /// Shown to people.
    pub name: String,
    /// Unique in the project; lower-case letters, digits and hyphens.
    pub slug: String,
    /// Its place, from 1; the others make room. Last when absent.
    pub position: Option<i32>,
}

/// Creates an environment with its root folder.
///
/// # Errors
/// 404 and 403 as reading the project, 403 without `create`, 400 for a taken slug, 422 for fields out of bounds.
pub async fn create(app: &App, caller: &Caller, project_id: Uuid, input: CreateEnvironment) -> Result<Model> {
    check_name(&input.name)?;
    check_slug(&input.slug)?;
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    ability.require("create", SUBJECT, facts(&input.slug))?;

    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    if keyferry_db::environments::find_by_slug(&tx, project_id, &input.slug).await?.is_some() {
        return Err(slug_taken());
    }
    let last = keyferry_db::environments::list(&tx, project_id).await?.last().map_or(0, |e| e.position);
    let position = input.position.map_or(last + 1, |wanted| wanted.clamp(1, last + 1));
    if position <= last {
        keyferry_db::environments::shift(&tx, project_id, position, None, 1).await?;
    }
    let row = insert_with_root(app, &tx, project_id, &input.name, &input.slug, position).await?;
    let metadata = json!({"environmentId": row.id, "name": row.name, "slug": row.slug});
    audit::record(app, &tx, caller, Event::project(caller, project_id, "create-environment", metadata)).await?;
    tx.commit().await?;
    Ok(row)
}

/// Stores an environment and its root folder, inside another operation.
///
/// # Errors
/// 400 for a taken slug.
pub async fn insert_with_root(app: &App, tx: &WriteTx, project_id: Uuid, name: &str, slug: &str, position: i32) -> Result<Model> {
    let now_ms = app.now_ms();
    let row = Model {
        id: app.ids.v4(),
        project_id,
        name: name.to_owned(),
        slug: slug.to_owned(),
        position,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(tx, row.clone()).await.map_err(|error| match error {
        DbError::Unique(_) => slug_taken(),
        other => other.into(),
    })?;
    keyferry_db::insert(tx, folders::new_folder(app, &row, None, folders::ROOT_NAME)).await?;
    Ok(row)
}

fn slug_taken() -> Error {
    Error::bad_request_named("CreateEnvironment", "Environment with slug already exist")
}
