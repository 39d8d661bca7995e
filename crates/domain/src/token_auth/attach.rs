//! Attaching the method to an identity, and its settings.

use keyferry_db::Conn;
use keyferry_db::entities::identity_token_auths::Model;
use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::audit::{self, Event};
use crate::authentication::{self, METHOD_TOKEN_AUTH, TrustedIps};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::identities::Target;

/// Settings of the method; times in seconds.
#[derive(Clone, Debug)]
pub struct Settings {
    /// From where a token may be used.
    pub access_token_trusted_ips: TrustedIps,
    /// Life of a token; 0 = no end.
    pub access_token_ttl_s: i64,
    /// Life of a token with all renewals; 0 = no end.
    pub access_token_max_ttl_s: i64,
    /// Uses of a token; 0 = unlimited.
    pub access_token_num_uses_limit: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            access_token_trusted_ips: TrustedIps::anywhere(),
            access_token_ttl_s: 2_592_000,
            access_token_max_ttl_s: 2_592_000,
            access_token_num_uses_limit: 0,
        }
    }
}

/// What to change; `None` stays.
#[derive(Clone, Debug, Default)]
pub struct SettingsChange {
    /// See [`Settings::access_token_trusted_ips`].
    pub access_token_trusted_ips: Option<TrustedIps>,
    /// See [`Settings::access_token_ttl_s`].
    pub access_token_ttl_s: Option<i64>,
    /// See [`Settings::access_token_max_ttl_s`].
    pub access_token_max_ttl_s: Option<i64>,
    /// See [`Settings::access_token_num_uses_limit`].
    pub access_token_num_uses_limit: Option<i64>,
}

/// Attaches the method to an identity that does not have it.
///
/// # Errors
/// 404 for an unknown identity; 400 when it has the method or the lifetimes contradict each other; 403 without the permission or
/// for an identity stronger than the caller.
pub async fn attach(app: &App, caller: &Caller, identity_id: Uuid, settings: Settings) -> Result<Model> {
    let tx = app.db.begin().await?;
    let target = Target::find(app, &tx, caller, identity_id, "create").await?;
    if keyferry_db::token_auth::find_by_identity(&tx, identity_id).await?.is_some() {
        return Err(Error::bad_request("Failed to add token auth to already configured identity"));
    }
    target.require_not_stronger(app, &tx, caller, "Failed to add token auth to identity with more privileged role").await?;
    let now_ms = app.now_ms();
    let row = Model {
        id: app.ids.v4(),
        identity_id,
        access_token_trusted_ips: settings.access_token_trusted_ips.to_json()?,
        access_token_ttl_s: settings.access_token_ttl_s,
        access_token_max_ttl_s: settings.access_token_max_ttl_s,
        access_token_num_uses_limit: settings.access_token_num_uses_limit,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    require_lifetimes(&row)?;
    keyferry_db::insert(&tx, row.clone()).await?;
    audit::record(app, &tx, caller, event(caller, &target, "add-identity-token-auth", described(&row))).await?;
    tx.commit().await?;
    Ok(row)
}

/// The method of an identity.
///
/// # Errors
/// 404 for an unknown identity or one without the method, 403 without the permission.
pub async fn get(app: &App, caller: &Caller, identity_id: Uuid) -> Result<Model> {
    let conn = app.db.read();
    let target = Target::find(app, conn, caller, identity_id, "read").await?;
    let row = require(conn, identity_id).await?;
    audit::record_read(app, caller, event(caller, &target, "get-identity-token-auth", json!({"identityId": identity_id})))?;
    Ok(row)
}

/// Changes the method's settings. Tokens made before obey the new trusted addresses from then on.
///
/// # Errors
/// As [`attach`]; 404 for an identity without the method.
pub async fn update(app: &App, caller: &Caller, identity_id: Uuid, change: SettingsChange) -> Result<Model> {
    let tx = app.db.begin().await?;
    let target = Target::find(app, &tx, caller, identity_id, "edit").await?;
    target.require_not_stronger(app, &tx, caller, "Failed to update token auth of identity with more privileged role").await?;
    let mut row = require(&tx, identity_id).await?;
    if let Some(ips) = change.access_token_trusted_ips {
        row.access_token_trusted_ips = ips.to_json()?;
        keyferry_db::tokens::set_trusted_ips(&tx, identity_id, METHOD_TOKEN_AUTH, &row.access_token_trusted_ips).await?;
    }
    row.access_token_ttl_s = change.access_token_ttl_s.unwrap_or(row.access_token_ttl_s);
    row.access_token_max_ttl_s = change.access_token_max_ttl_s.unwrap_or(row.access_token_max_ttl_s);
    row.access_token_num_uses_limit = change.access_token_num_uses_limit.unwrap_or(row.access_token_num_uses_limit);
    row.updated_at_ms = app.now_ms();
    require_lifetimes(&row)?;
    keyferry_db::update(&tx, row.clone()).await?;
    audit::record(app, &tx, caller, event(caller, &target, "update-identity-token-auth", described(&row))).await?;
    tx.commit().await?;
    authentication::forget(app);
    Ok(row)
}

/// Takes the method from the identity; its tokens are refused from then on.
///
/// # Errors
/// 404 for an unknown identity or one without the method, 403 without the permission or for one stronger than the caller.
pub async fn revoke(app: &App, caller: &Caller, identity_id: Uuid) -> Result<Model> {
    let tx = app.db.begin().await?;
    let target = Target::find(app, &tx, caller, identity_id, "revoke-auth").await?;
    target.require_not_stronger(app, &tx, caller, "Failed to revoke token auth of identity with more privileged role").await?;
    let row = require(&tx, identity_id).await?;
    keyferry_db::tokens::revoke_by_method(&tx, identity_id, METHOD_TOKEN_AUTH, app.now_ms()).await?;
    keyferry_db::delete(&tx, row.clone()).await?;
    let metadata = json!({"identityId": identity_id});
    audit::record(app, &tx, caller, event(caller, &target, "revoke-identity-token-auth", metadata)).await?;
    tx.commit().await?;
    authentication::forget(app);
    Ok(row)
}

/// The method of an identity that has it.
pub(super) async fn require(conn: &impl Conn, identity_id: Uuid) -> Result<Model> {
    keyferry_db::token_auth::find_by_identity(conn, identity_id)
        .await?
        .ok_or_else(|| Error::not_found(format!("Failed to find token auth for identity with ID {identity_id}")))
}

/// An event about the target: in its project where it belongs to one.
pub(super) fn event(caller: &Caller, target: &Target, kind: &'static str, metadata: serde_json::Value) -> Event {
    Event { project_id: target.identity.project_id, ..Event::org(caller, kind, metadata) }
}

fn require_lifetimes(row: &Model) -> Result<()> {
    if row.access_token_max_ttl_s > 0 && row.access_token_ttl_s > row.access_token_max_ttl_s {
        return Err(Error::bad_request("Access token TTL cannot be greater than max TTL"));
    }
    Ok(())
}

fn described(row: &Model) -> serde_json::Value {
    json!({
        "identityId": row.identity_id,
        "accessTokenTTL": row.access_token_ttl_s,
        "accessTokenMaxTTL": row.access_token_max_ttl_s,
        "accessTokenNumUsesLimit": row.access_token_num_uses_limit
    })
}
