//! The values behind a commit.

use std::collections::HashMap;

use keyferry_db::entities::{folder_commit_changes, secret_versions};
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

use super::subjects::Subjects;
use super::{Resource, locate, require};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::Result;
use crate::secrets::read::reader::Reader;

/// What a secret was before a commit and after it.
pub struct ChangedValue {
    /// Its key afterwards, or the last one.
    pub key: String,
    /// The value before; none where there was none, or where it is not kept any more.
    pub before: Option<SecretString>,
    /// The value afterwards; none as for `before`.
    pub after: Option<SecretString>,
}

/// The values of a commit's secrets that the caller may read, by key; recorded in the audit log.
///
/// # Errors
/// As [`super::find`].
pub async fn reveal(app: &App, caller: &Caller, project_id: Uuid, id: Uuid) -> Result<Vec<ChangedValue>> {
    let conn = app.db.read();
    let reader = Reader::new(app, conn, caller, project_id).await?;
    let (row, place) = locate(conn, project_id, id).await?;
    require(&reader.ability, caller, "read", &row, &place)?;
    let mut changes = keyferry_db::folder_commits::changes(conn, &[id]).await?.remove(&id).unwrap_or_default();
    changes.retain(|change| Resource::parse(&change.resource) == Resource::Secret);
    changes.sort_by(|a, b| a.name.cmp(&b.name));
    let ids: Vec<Uuid> = changes.iter().map(|change| change.resource_id).collect();
    let subjects = Subjects::load(conn, project_id, &changes).await?;
    let mut versions: HashMap<(Uuid, i32), secret_versions::Model> = HashMap::new();
    let kept = subjects.images().flat_map(|image| image.versions.iter().cloned());
    for version in kept.chain(keyferry_db::secrets::versions::of_secrets(conn, &ids).await?) {
        versions.insert((version.secret_id, version.version), version);
    }
    let may_read = |change: &folder_commit_changes::Model| subjects.allow(&reader.ability, "readValue", &place, change);
    let mut values = Vec::new();
    for change in changes.iter().filter(|change| may_read(change)) {
        let value = |version: Option<i32>| -> Result<Option<SecretString>> {
            let row = version.and_then(|version| versions.get(&(change.resource_id, version)));
            row.map(|row| reader.opener().version_value(row)).transpose()
        };
        let (before, after) = (value(change.version_before)?, value(change.version)?);
        values.push(ChangedValue { key: change.name.clone(), before, after });
    }
    let metadata = json!({
        "commitId": id, "environment": place.environment.slug, "secretPath": place.path.as_str(),
        "numberOfSecrets": values.len(),
    });
    audit::record_read(app, caller, Event::project(caller, project_id, "pit-reveal-commit-values", metadata))?;
    Ok(values)
}
