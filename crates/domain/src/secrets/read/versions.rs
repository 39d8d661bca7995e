//! The history of a secret.

use keyferry_db::secrets::versions;
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

use super::reader::{Reader, kind};
use crate::access::Facts;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::secrets::decorations::{Of, Tags};
use crate::secrets::model::Kind;
use crate::secrets::tree::Tree;

/// Most versions one answer holds.
const MAX_LIMIT: u64 = 100;

/// A version of a secret.
pub struct SecretVersion {
    /// Id of the version itself.
    pub id: Uuid,
    /// The secret.
    pub secret_id: Uuid,
    /// Its project.
    pub project_id: Uuid,
    /// Its folder at that time.
    pub folder_id: Uuid,
    /// Environment slug of the folder it lies in now.
    pub environment: std::sync::Arc<str>,
    /// Path of the folder it lies in now.
    pub path: std::sync::Arc<str>,
    /// Shared or personal.
    pub kind: Kind,
    /// Its key at that time.
    pub key: String,
    /// The version.
    pub version: i32,
    /// The value; `None` when it is hidden from the caller.
    pub value: Option<SecretString>,
    /// The comment.
    pub comment: Option<SecretString>,
    /// Whether newlines of an expanded value are escaped.
    pub skip_multiline_encoding: Option<bool>,
    /// Kind of the actor who made it.
    pub actor_type: String,
    /// That actor's id.
    pub actor_id: Option<Uuid>,
    /// A name to show for that actor.
    pub actor_name: Option<String>,
    /// When it was made.
    pub created_at_ms: i64,
}

/// The versions of a secret, newest first, and how many there are. Values are hidden without `readValue`, or when
/// `view_value` is false.
///
/// # Errors
/// 404 for an unknown secret, 403 without `describeSecret`.
pub async fn list_versions(
    app: &App,
    caller: &Caller,
    secret_id: Uuid,
    offset: u64,
    limit: u64,
    view_value: bool,
) -> Result<(Vec<SecretVersion>, u64)> {
    let conn = app.db.read();
    let not_found = || Error::not_found(format!("Secret with ID '{secret_id}' not found"));
    let row = keyferry_db::secrets::find(conn, secret_id)
        .await?
        .filter(|row| row.owner_id.is_nil() || Some(row.owner_id) == caller.actor.user_id())
        .ok_or_else(not_found)?;
    let reader = match Reader::new(app, conn, caller, row.project_id).await {
        Err(Error::Forbidden { .. }) => return Err(not_found()),
        other => other?,
    };
    let tree = Tree::load(conn, row.project_id).await?;
    let at = tree.folder(row.folder_id).ok_or_else(not_found)?;
    let tags = Tags::load(conn, row.project_id, Of::Secrets(&[row.id]), true).await?;
    let facts = Facts::secret(&at.environment, &at.path, &row.key, tags.slugs(row.id));
    reader.require("describeSecret", facts)?;
    let is_visible = view_value && reader.may("readValue", facts);

    let opener = reader.opener();
    let mut list = Vec::new();
    for version in versions::list(conn, secret_id, offset, limit.min(MAX_LIMIT)).await? {
        list.push(SecretVersion {
            id: version.id,
            secret_id,
            project_id: version.project_id,
            folder_id: version.folder_id,
            environment: at.environment.clone(),
            path: at.path.clone(),
            kind: kind(&row),
            value: if is_visible { Some(opener.version_value(&version)?) } else { None },
            comment: opener.version_comment(&version)?,
            key: version.key,
            version: version.version,
            skip_multiline_encoding: version.skip_multiline_encoding,
            actor_type: version.actor_type,
            actor_id: version.actor_id,
            actor_name: version.actor_name,
            created_at_ms: version.created_at_ms,
        });
    }
    let total = versions::count(conn, secret_id).await?;
    let metadata = json!({"secretId": secret_id, "secretKey": row.key, "numberOfVersions": list.len()});
    audit::record_read(app, caller, Event::project(caller, row.project_id, "get-secret-versions", metadata))?;
    Ok((list, total))
}
