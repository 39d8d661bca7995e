//! Values on demand, many at once, told to the audit log as one read.

use std::collections::HashSet;

use serde_json::json;
use uuid::Uuid;

use crate::access::Facts;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::secrets::decorations::{MetadataOf, Of, Tags};
use crate::secrets::model::{Kind, Location, Secret};
use crate::secrets::place::{folder_not_found, locate};
use crate::secrets::read::reader::Reader;

/// Which secrets of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of them.
    All,
    /// Those of these keys; names that do not exist are passed over.
    Keys(Vec<String>),
}

/// How many keys the audit row names.
const MAX_NAMED: usize = 100;

/// Secrets of a folder with their values as stored, by key. Those whose value the caller may not see come without one; those
/// that the caller may not know of do not come at all.
///
/// # Errors
/// 403 without `describeSecret` at the place, 404 for an unknown one.
pub async fn reveal(app: &App, caller: &Caller, at: &Location, wanted: &Wanted, kind: Kind) -> Result<Vec<Secret>> {
    let conn = app.db.read();
    let reader = Reader::new(app, conn, caller, at.project_id).await?;
    reader.require("describeSecret", Facts::at(&at.environment, at.path.as_str()))?;
    let spot = locate(conn, at).await?.ok_or_else(|| folder_not_found("GetSecrets", &at.environment, at.path.as_str()))?;
    let owner_id = match kind {
        Kind::Shared => Uuid::nil(),
        Kind::Personal => caller.actor.user_id().ok_or_else(|| Error::bad_request("Only people have personal overrides."))?,
    };
    let mut rows = match wanted {
        Wanted::All => keyferry_db::secrets::list_in_folder(conn, spot.folder_id, &[owner_id]).await?,
        Wanted::Keys(keys) => {
            let unique: Vec<String> = keys.iter().cloned().collect::<HashSet<_>>().into_iter().collect();
            keyferry_db::secrets::find_by_keys(conn, &[spot.folder_id], &unique, &[owner_id]).await?
        }
    };
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut tags = Tags::load(conn, at.project_id, Of::Secrets(&ids), spot.project_has_tags).await?;
    let mut metadata = MetadataOf::load(conn, &reader.opener(), Of::Secrets(&ids), spot.project_has_metadata).await?;
    let mut secrets = Vec::with_capacity(rows.len());
    for row in rows {
        let facts = Facts::secret(&spot.environment, &spot.path, &row.key, tags.slugs(row.id));
        if !reader.may("describeSecret", facts) {
            continue;
        }
        let is_visible = reader.may("readValue", facts);
        let id = row.id;
        secrets.push(reader.secret(row, &spot.environment, &spot.path, is_visible, tags.take(id), metadata.take(id))?);
    }
    let shown: Vec<&Secret> = secrets.iter().filter(|secret| secret.value.is_some()).collect();
    let names: Vec<&str> = shown.iter().take(MAX_NAMED).map(|secret| secret.key.as_str()).collect();
    let versions: Vec<i32> = shown.iter().take(MAX_NAMED).map(|secret| secret.version).collect();
    let metadata = json!({
        "environment": at.environment, "secretPath": at.path.as_str(), "numberOfSecrets": shown.len(), "values": true,
        "secretKeys": names, "secretVersions": versions, "type": kind.as_str(),
    });
    audit::record_read(app, caller, Event::project(caller, at.project_id, "get-secrets", metadata))?;
    Ok(secrets)
}
