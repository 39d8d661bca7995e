//! Making an identity.

use keyferry_db::WriteTx;
use keyferry_db::entities::{identities, identity_metadata, org_memberships, project_memberships};
use serde_json::json;
use uuid::Uuid;

use super::view::IdentityView;
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::Result;
use crate::organizations;

/// Text that an administrator attaches to an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataEntry {
    /// Key.
    pub key: String,
    /// Value.
    pub value: String,
}

/// A new identity.
#[derive(Clone, Debug)]
pub struct CreateIdentity {
    /// Its name.
    pub name: String,
    /// Organization role slug.
    pub role: String,
    /// Whether it must not be deleted.
    pub has_delete_protection: bool,
    /// Its metadata.
    pub metadata: Vec<MetadataEntry>,
    /// The project it belongs to, for one that an organization does not manage; its role is then `no-access`.
    pub project_id: Option<Uuid>,
}

/// Makes an identity in the caller's organization, or in one of its projects.
///
/// # Errors
/// 403 without the permission or for a role stronger than the caller's.
pub async fn create(app: &App, caller: &Caller, input: CreateIdentity) -> Result<IdentityView> {
    let org_id = access::require_org(caller)?;
    let conn = app.db.read();
    let role_slug = match input.project_id {
        None => {
            let ability = access::org_ability(app, conn, caller).await?;
            ability.require("create", "identity", Facts::any())?;
            let role = organizations::find_role(conn, org_id, &input.role).await?;
            ability.require_all(&role.rules, "Failed to assign to a more privileged role")?;
            input.role.as_str()
        }
        Some(project_id) => {
            let (_, ability) = access::project_ability(app, conn, caller, project_id).await?;
            ability.require("create", "identity", Facts::any())?;
            "no-access"
        }
    };
    let now_ms = app.now_ms();
    let tx = app.db.begin().await?;
    let role = organizations::find_role(&tx, org_id, role_slug).await?;
    let identity = identities::Model {
        id: app.ids.v4(),
        org_id,
        project_id: input.project_id,
        name: input.name,
        has_delete_protection: input.has_delete_protection,
        is_instance_admin: false,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(&tx, identity.clone()).await?;
    let membership = org_memberships::Model {
        id: app.ids.v4(),
        org_id,
        user_id: None,
        identity_id: Some(identity.id),
        role: role.stored,
        role_id: role.custom.as_ref().map(|custom| custom.id),
        is_active: true,
        status: "accepted".to_owned(),
        last_login_auth_method: None,
        last_login_at_ms: None,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(&tx, membership.clone()).await?;
    if let Some(project_id) = input.project_id {
        join_project(app, &tx, project_id, identity.id, now_ms).await?;
    }
    let metadata = write_metadata(app, &tx, identity.id, &input.metadata).await?;
    let facts = json!({"identityId": identity.id, "name": identity.name, "hasDeleteProtection": identity.has_delete_protection});
    audit::record(app, &tx, caller, event(caller, &identity, "create-identity", facts)).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(IdentityView {
        identity,
        membership,
        custom_role: role.custom,
        metadata,
        auth_methods: Vec::new(),
        locked_auth_methods: Vec::new(),
    })
}

async fn join_project(app: &App, tx: &WriteTx, project_id: Uuid, identity_id: Uuid, now_ms: i64) -> Result<()> {
    let membership = project_memberships::Model {
        id: app.ids.v4(),
        project_id,
        user_id: None,
        group_id: None,
        identity_id: Some(identity_id),
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    let id = membership.id;
    keyferry_db::insert(tx, membership).await?;
    crate::memberships::write_built_in(app, tx, id, project_id, "no-access").await
}

/// Writes the metadata of an identity that has none.
pub(super) async fn write_metadata(
    app: &App,
    tx: &WriteTx,
    identity_id: Uuid,
    entries: &[MetadataEntry],
) -> Result<Vec<identity_metadata::Model>> {
    let rows: Vec<identity_metadata::Model> = (0..)
        .zip(entries)
        .map(|(position, entry)| identity_metadata::Model {
            id: app.ids.v4(),
            identity_id,
            key: entry.key.clone(),
            value: entry.value.clone(),
            position,
        })
        .collect();
    keyferry_db::insert_many(tx, rows.clone()).await?;
    Ok(rows)
}

/// An event about an identity: in its project where it belongs to one.
pub(super) fn event(caller: &Caller, identity: &identities::Model, kind: &'static str, metadata: serde_json::Value) -> Event {
    Event { project_id: identity.project_id, ..Event::org(caller, kind, metadata) }
}
