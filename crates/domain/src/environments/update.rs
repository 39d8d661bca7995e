//! Renames or moves an environment.

use keyferry_db::DbError;
use keyferry_db::entities::environments::Model;
use serde_json::json;
use uuid::Uuid;

use super::{SUBJECT, check_name, check_slug, facts, not_found};
use crate::access;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::secret_syncs::trigger;

/// What shall change; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct UpdateEnvironment {
    /// Shown to people.
    pub name: Option<String>,
    /// Unique in the project.
    pub slug: Option<String>,
    /// Its place, from 1; the others make room.
    pub position: Option<i32>,
}

/// Changes an environment and answers its new state. A new slug changes what references and rules with the old one mean, so
/// every sync that reaches the environment is set in motion.
///
/// # Errors
/// 404 and 403 as reading it, 403 without `edit`, 400 for a taken slug, 422 for fields out of bounds.
pub async fn update(app: &App, caller: &Caller, project_id: Uuid, id: Uuid, input: UpdateEnvironment) -> Result<Model> {
    if let Some(name) = &input.name {
        check_name(name)?;
    }
    if let Some(slug) = &input.slug {
        check_slug(slug)?;
    }
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;

    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let before =
        keyferry_db::environments::find_in_project(&tx, project_id, id).await?.ok_or_else(|| not_found(id, project_id))?;
    ability.require("edit", SUBJECT, facts(&before.slug))?;
    let mut row = before.clone();
    row.name = input.name.unwrap_or(row.name);
    row.slug = input.slug.unwrap_or(row.slug);
    let is_renamed = row.slug != before.slug;
    if is_renamed {
        ability.require("edit", SUBJECT, facts(&row.slug))?;
        let holder = keyferry_db::environments::find_by_slug(&tx, project_id, &row.slug).await?;
        if holder.is_some() {
            return Err(slug_taken());
        }
    }
    if let Some(wanted) = input.position {
        let last = keyferry_db::environments::list(&tx, project_id).await?.last().map_or(1, |e| e.position);
        let to = wanted.clamp(1, last);
        match before.position {
            from if to < from => keyferry_db::environments::shift(&tx, project_id, to, Some(from - 1), 1).await?,
            from if to > from => keyferry_db::environments::shift(&tx, project_id, from + 1, Some(to), -1).await?,
            _ => {}
        }
        row.position = to;
    }
    row.updated_at_ms = app.now_ms();
    let folder_ids = match is_renamed {
        true => keyferry_db::folders::list_by_environment(&tx, id).await?.into_iter().map(|f| f.id).collect(),
        false => Vec::new(),
    };
    if is_renamed {
        trigger::folders_changed(app, &tx, project_id, &folder_ids).await?;
    }
    keyferry_db::update(&tx, row.clone()).await.map_err(|error| match error {
        DbError::Unique(_) => slug_taken(),
        other => other.into(),
    })?;
    if is_renamed {
        trigger::folders_changed(app, &tx, project_id, &folder_ids).await?;
    }
    let metadata = json!({
        "environmentId": row.id, "oldName": before.name, "newName": row.name, "oldSlug": before.slug, "newSlug": row.slug,
        "oldPos": before.position, "newPos": row.position,
    });
    audit::record(app, &tx, caller, Event::project(caller, project_id, "update-environment", metadata)).await?;
    tx.commit().await?;
    if is_renamed {
        app.queue.wake();
    }
    Ok(row)
}

fn slug_taken() -> Error {
    Error::bad_request_named("UpdateEnvironment", "Environment with slug already exist")
}
