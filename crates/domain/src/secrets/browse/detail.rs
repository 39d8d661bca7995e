//! One secret for its own page: everything but the value.

use keyferry_db::secrets::{places, versions};
use uuid::Uuid;

use crate::access::Facts;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::secrets::decorations::{MetadataOf, Of, Tags};
use crate::secrets::model::Secret;
use crate::secrets::read::get::audit_metadata;
use crate::secrets::read::reader::Reader;
use crate::secrets::tree::Tree;

/// A secret and what the caller may do with it.
pub struct Detail {
    /// The secret, without its value.
    pub secret: Secret,
    /// Whether its value is empty.
    pub is_empty: bool,
    /// Whether its value refers to others.
    pub has_references: bool,
    /// Whether the caller may see its value.
    pub may_read: bool,
    /// Whether the caller may change it.
    pub may_edit: bool,
    /// Whether the caller may delete it.
    pub may_delete: bool,
    /// Version of the caller's own override.
    pub override_version: Option<i32>,
    /// How many versions are kept.
    pub versions: u64,
}

/// A shared secret of a project by id.
///
/// # Errors
/// 404 for one that the project does not have, 403 without `describeSecret`.
pub async fn detail(app: &App, caller: &Caller, project_id: Uuid, id: Uuid) -> Result<Detail> {
    let conn = app.db.read();
    let reader = Reader::new(app, conn, caller, project_id).await?;
    let not_found = || Error::not_found("This secret does not exist any more, or never did.");
    let row = keyferry_db::secrets::find(conn, id)
        .await?
        .filter(|row| row.project_id == project_id && row.owner_id.is_nil())
        .ok_or_else(not_found)?;
    let tree = Tree::load(conn, project_id).await?;
    let at = tree.folder(row.folder_id).ok_or_else(not_found)?;
    let (has_tags, has_metadata) = places::project_flags(conn, project_id).await?;
    let ids = [id];
    let tags = Tags::load(conn, project_id, Of::Secrets(&ids), has_tags).await?.get(id);
    let facts = Facts::secret(&at.environment, &at.path, &row.key, &tags.slugs);
    reader.require("describeSecret", facts)?;
    let (may_read, may_edit) = (reader.may("readValue", facts), reader.may("edit", facts));
    let may_delete = reader.may("delete", facts);
    let override_version = match caller.actor.user_id() {
        Some(owner_id) => {
            keyferry_db::secrets::find_by_key(conn, row.folder_id, &row.key, owner_id).await?.map(|row| row.version)
        }
        None => None,
    };
    let metadata = MetadataOf::load(conn, &reader.opener(), Of::Secrets(&ids), has_metadata).await?.take(id);
    let (is_empty, has_references) = (row.is_empty, row.has_references);
    let secret = reader.secret(row, &at.environment, &at.path, false, tags.tags, metadata)?;
    let kept = versions::count(conn, id).await?;
    audit::record_read(app, caller, Event::project(caller, project_id, "get-secret", audit_metadata(&secret)))?;
    Ok(Detail { secret, is_empty, has_references, may_read, may_edit, may_delete, override_version, versions: kept })
}
