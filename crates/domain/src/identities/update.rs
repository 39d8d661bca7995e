//! Changing an identity.

use serde_json::json;
use uuid::Uuid;

use super::create::{MetadataEntry, event, write_metadata};
use super::target::Target;
use super::view::{IdentityView, complete};
use crate::access;
use crate::app::App;
use crate::audit;
use crate::authentication;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::organizations;

/// What to change; `None` stays.
#[derive(Clone, Debug, Default)]
pub struct UpdateIdentity {
    /// Its name.
    pub name: Option<String>,
    /// Organization role slug.
    pub role: Option<String>,
    /// Whether it must not be deleted.
    pub has_delete_protection: Option<bool>,
    /// All of its metadata.
    pub metadata: Option<Vec<MetadataEntry>>,
}

/// Changes an identity.
///
/// # Errors
/// 404 for an unknown identity; 403 without the permission, for a role stronger than the caller's, or for an identity that is.
pub async fn update(app: &App, caller: &Caller, id: Uuid, change: UpdateIdentity) -> Result<IdentityView> {
    const STRONGER: &str = "Failed to change to a more privileged role";
    let tx = app.db.begin().await?;
    let target = Target::find(app, &tx, caller, id, "edit").await?;
    target.require_not_stronger(app, &tx, caller, STRONGER).await?;
    let Target { mut identity, mut membership, ability } = target;
    let now_ms = app.now_ms();
    if let Some(slug) = &change.role {
        if identity.project_id.is_some() {
            return Err(Error::bad_request("An identity of a project has no organization role"));
        }
        let role = organizations::find_role(&tx, identity.org_id, slug).await?;
        ability.require_all(&role.rules, STRONGER)?;
        membership.role = role.stored;
        membership.role_id = role.custom.map(|custom| custom.id);
        membership.updated_at_ms = now_ms;
        keyferry_db::update(&tx, membership).await?;
    }
    if let Some(name) = change.name {
        identity.name = name;
    }
    if let Some(protection) = change.has_delete_protection {
        identity.has_delete_protection = protection;
    }
    identity.updated_at_ms = now_ms;
    keyferry_db::update(&tx, identity.clone()).await?;
    if let Some(metadata) = &change.metadata {
        keyferry_db::identities::clear_metadata(&tx, id).await?;
        write_metadata(app, &tx, id, metadata).await?;
    }
    let facts = json!({
        "identityId": id,
        "name": identity.name,
        "role": change.role,
        "hasDeleteProtection": identity.has_delete_protection
    });
    audit::record(app, &tx, caller, event(caller, &identity, "update-identity", facts)).await?;
    let org_id = identity.org_id;
    let view = complete(app, &tx, org_id, vec![identity]).await?.pop();
    tx.commit().await?;
    access::forget_project(app);
    authentication::forget(app);
    view.ok_or_else(|| Error::not_found(format!("Failed to find identity with ID {id}")))
}
