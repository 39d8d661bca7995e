//! Looks at keys; never at their material.

use keyferry_db::kms_keys::Page;
use serde_json::json;
use uuid::Uuid;

use super::{Key, SUBJECT, event, find_permitted};
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};

/// Which keys of a project to list, by name.
#[derive(Clone, Debug)]
pub struct List {
    /// The project.
    pub project_id: Uuid,
    /// Part of the name.
    pub search: Option<String>,
    /// Whether names run from Z to A.
    pub is_descending: bool,
    /// How many are left out first.
    pub offset: u64,
    /// How many at most.
    pub limit: u64,
}

/// Keys of a project, and how many there are on all pages.
///
/// # Errors
/// 404 and 403 as reading the project, 403 without `read`.
pub async fn list(app: &App, caller: &Caller, input: List) -> Result<(Vec<Key>, u64)> {
    let conn = app.db.read();
    let (_, ability) = access::project_ability(app, conn, caller, input.project_id).await?;
    ability.require("read", SUBJECT, Facts::any())?;
    let search = input.search.map(|text| text.to_lowercase());
    let page = Page { search: search.as_deref(), is_descending: input.is_descending, offset: input.offset, limit: input.limit };
    let (rows, total) = keyferry_db::kms_keys::list(conn, input.project_id, &page).await?;
    let event = Event::project(
        caller,
        input.project_id,
        "get-cmeks",
        json!({"keyIds": rows.iter().map(|row| row.id).collect::<Vec<_>>()}),
    );
    audit::record_read(app, caller, event)?;
    Ok((rows, total))
}

/// A key.
///
/// # Errors
/// 404 for an unknown key, 403 as reading its project and without `read`.
pub async fn get(app: &App, caller: &Caller, id: Uuid) -> Result<Key> {
    let row = find_permitted(app, caller, id, "read").await?;
    audit::record_read(app, caller, event(caller, &row, "get-cmek"))?;
    Ok(row)
}

/// The key with this name in a project.
///
/// # Errors
/// 404 and 403 as reading the project, 403 without `read`, 404 for an unknown name.
pub async fn get_by_name(app: &App, caller: &Caller, project_id: Uuid, name: &str) -> Result<Key> {
    let conn = app.db.read();
    let (_, ability) = access::project_ability(app, conn, caller, project_id).await?;
    ability.require("read", SUBJECT, Facts::any())?;
    let row = keyferry_db::kms_keys::find_by_name(conn, project_id, name)
        .await?
        .ok_or_else(|| Error::not_found(format!("Key with name '{name}' not found")))?;
    audit::record_read(app, caller, event(caller, &row, "get-cmek"))?;
    Ok(row)
}
