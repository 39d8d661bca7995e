//! Tags of a project (core API contract 8.5).

use keyferry_db::DbError;
pub use keyferry_db::entities::tags::Model as Tag;
use keyferry_db::entities::tags::Model;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};

/// The permission subject.
const SUBJECT: &str = "tags";
/// Longest slug.
pub const MAX_SLUG: usize = 64;

/// The tags of a project, oldest first.
///
/// # Errors
/// 404 and 403 as reading the project, 403 without `read`.
pub async fn list(app: &App, caller: &Caller, project_id: Uuid) -> Result<Vec<Model>> {
    permitted(app, caller, project_id, "read").await?;
    Ok(keyferry_db::tags::list(app.db.read(), project_id).await?)
}

/// A tag by id.
///
/// # Errors
/// 404 and 403 as reading the project, 404 for an unknown tag, 403 without `read`.
pub async fn get(app: &App, caller: &Caller, project_id: Uuid, id: Uuid) -> Result<Model> {
    permitted(app, caller, project_id, "read").await?;
    keyferry_db::tags::find_in_project(app.db.read(), project_id, id).await?.ok_or_else(not_found)
}

/// A tag by slug.
///
/// # Errors
/// As [`get`].
pub async fn get_by_slug(app: &App, caller: &Caller, project_id: Uuid, slug: &str) -> Result<Model> {
    permitted(app, caller, project_id, "read").await?;
    keyferry_db::tags::find_by_slug(app.db.read(), project_id, slug).await?.ok_or_else(not_found)
}

/// Creates a tag.
///
/// # Errors
/// 404 and 403 as reading the project, 403 without `create`, 400 for a taken slug, 422 for one out of bounds.
pub async fn create(app: &App, caller: &Caller, project_id: Uuid, slug: &str, color: Option<String>) -> Result<Model> {
    check_slug(slug)?;
    permitted(app, caller, project_id, "create").await?;
    let now_ms = app.now_ms();
    let row = Model {
        id: app.ids.v4(),
        project_id,
        slug: slug.to_owned(),
        color,
        actor_type: caller.actor.kind().to_owned(),
        actor_id: caller.actor.id(),
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    let tx = app.db.begin().await?;
    keyferry_db::insert(&tx, row.clone()).await.map_err(refused)?;
    audit::record(app, &tx, caller, event(caller, &row, "create-tag")).await?;
    tx.commit().await?;
    Ok(row)
}

/// Changes a tag's slug or color; `None` stays as it is.
///
/// # Errors
/// 404 and 403 as reading the project, 404 for an unknown tag, 403 without `edit`, 400 for a taken slug.
pub async fn update(
    app: &App,
    caller: &Caller,
    project_id: Uuid,
    id: Uuid,
    slug: Option<String>,
    color: Option<String>,
) -> Result<Model> {
    if let Some(slug) = &slug {
        check_slug(slug)?;
    }
    permitted(app, caller, project_id, "edit").await?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let mut row = keyferry_db::tags::find_in_project(&tx, project_id, id).await?.ok_or_else(not_found)?;
    row.slug = slug.unwrap_or(row.slug);
    row.color = color.or(row.color);
    row.updated_at_ms = app.now_ms();
    keyferry_db::update(&tx, row.clone()).await.map_err(refused)?;
    audit::record(app, &tx, caller, event(caller, &row, "update-tag")).await?;
    tx.commit().await?;
    Ok(row)
}

/// Deletes a tag, off all secrets too, and answers it as it was.
///
/// # Errors
/// 404 and 403 as reading the project, 404 for an unknown tag, 403 without `delete`.
pub async fn delete(app: &App, caller: &Caller, project_id: Uuid, id: Uuid) -> Result<Model> {
    permitted(app, caller, project_id, "delete").await?;
    let tx = app.db.begin().await?;
    let row = keyferry_db::tags::find_in_project(&tx, project_id, id).await?.ok_or_else(not_found)?;
    keyferry_db::delete(&tx, row.clone()).await?;
    audit::record(app, &tx, caller, event(caller, &row, "delete-tag")).await?;
    tx.commit().await?;
    Ok(row)
}

async fn permitted(app: &App, caller: &Caller, project_id: Uuid, action: &str) -> Result<()> {
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    ability.require(action, SUBJECT, Facts::any())
}

fn event(caller: &Caller, row: &Model, kind: &'static str) -> Event {
    let metadata: Value = json!({"tagId": row.id, "slug": row.slug, "color": row.color});
    Event::project(caller, row.project_id, kind, metadata)
}

fn not_found() -> Error {
    Error::not_found("Tag doesn't exist")
}

fn refused(error: DbError) -> Error {
    match error {
        DbError::Unique(_) => Error::bad_request("Tag already exist"),
        other => other.into(),
    }
}

fn check_slug(slug: &str) -> Result<()> {
    let message = if slug.is_empty() {
        "Slug field must be at least 1 lowercase character(s)".to_owned()
    } else if slug.len() > MAX_SLUG {
        format!("Slug field must be at most {MAX_SLUG} lowercase character(s)")
    } else if crate::projects::slugify(slug) != slug {
        "Slug field can only contain lowercase letters, numbers, and hyphens".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::invalid_field(&["slug"], message))
}
