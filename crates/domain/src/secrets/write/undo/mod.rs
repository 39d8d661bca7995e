//! Undoing: an import puts back what was there before, a deletion brings back what went. A change can be undone once, for
//! thirty days, and only as far as nobody changed the same secrets since.

mod back;
mod entry;
mod record;

use keyferry_db::entities::secret_changes;
use uuid::Uuid;

pub use back::undo;
pub use record::write_many;

use crate::access::{self, Facts};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::folders;
use crate::secrets::model::Location;

/// How long a change can be undone.
const KEPT_MS: i64 = 30 * 24 * 3_600 * 1_000;

/// What happened to one secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It was created.
    Created,
    /// It was changed.
    Changed,
    /// It was deleted.
    Deleted,
}

/// A change that can be undone.
#[derive(Clone, Debug)]
pub struct ChangeRecord {
    /// Its id.
    pub id: Uuid,
    /// Where.
    pub at: Location,
    /// Keys and what happened to them, by key.
    pub effects: Vec<(String, Effect)>,
    /// Kind of the actor.
    pub actor_type: String,
    /// A name for the actor.
    pub actor_name: Option<String>,
    /// When.
    pub created_at_ms: i64,
    /// When it was undone.
    pub undone_at_ms: Option<i64>,
}

/// What undoing did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    /// How many secrets are as they were before.
    pub restored: usize,
    /// Keys of secrets that stay as they are, because they were changed since or their name is taken.
    pub kept: Vec<String>,
}

/// A change of a project by id.
///
/// # Errors
/// 404 for an unknown one or one whose folder is gone, 403 without `describeSecret` there.
pub async fn find_change(app: &App, caller: &Caller, project_id: Uuid, id: Uuid) -> Result<ChangeRecord> {
    let conn = app.db.read();
    let (_, ability) = access::project_ability(app, conn, caller, project_id).await?;
    let row = keyferry_db::secret_changes::find_in_project(conn, project_id, id).await?;
    let row = row.filter(|row| is_kept(row, app.now_ms())).ok_or_else(not_found)?;
    let place = folders::place_of(conn, row.folder_id).await?.ok_or_else(not_found)?;
    ability.require("describeSecret", "secrets", Facts::at(&place.environment.slug, place.path.as_str()))?;
    let entries = entry::read(&row.entries)?;
    let mut effects: Vec<(String, Effect)> = entries
        .iter()
        .filter(|entry| {
            let facts = Facts { secret_name: Some(entry.key()), ..Facts::at(&place.environment.slug, place.path.as_str()) };
            ability.allows("describeSecret", "secrets", facts)
        })
        .map(|entry| (entry.key().to_owned(), entry.effect()))
        .collect();
    effects.sort();
    Ok(ChangeRecord {
        id,
        at: Location { project_id, environment: place.environment.slug, path: place.path },
        effects,
        actor_type: row.actor_type,
        actor_name: row.actor_name,
        created_at_ms: row.created_at_ms,
        undone_at_ms: row.undone_at_ms,
    })
}

fn is_kept(row: &secret_changes::Model, now_ms: i64) -> bool {
    row.created_at_ms >= now_ms - KEPT_MS
}

fn not_found() -> Error {
    Error::not_found("This change cannot be undone any more: it is older than thirty days, or its folder is gone.")
}
