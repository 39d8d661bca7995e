//! Attaching the method to an identity, and its settings.

use keyferry_db::Conn;
use keyferry_db::entities::identity_universal_auths::Model;
use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::audit::{self, Event};
use crate::authentication::{self, METHOD_UNIVERSAL_AUTH, TrustedIps};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::identities::Target;

/// Settings of the method; times in seconds.
#[derive(Clone, Debug)]
pub struct Settings {
    /// From where a client secret may be used.
    pub client_secret_trusted_ips: TrustedIps,
    /// From where an access token may be used.
    pub access_token_trusted_ips: TrustedIps,
    /// Life of an access token; 0 = no end.
    pub access_token_ttl_s: i64,
    /// Life of an access token with all renewals; 0 = no end.
    pub access_token_max_ttl_s: i64,
    /// Uses of an access token; 0 = unlimited.
    pub access_token_num_uses_limit: i64,
    /// Life of a token that may be renewed for ever; 0 = not periodic.
    pub access_token_period_s: i64,
    /// Whether failures lock.
    pub lockout_enabled: bool,
    /// Failures that lock.
    pub lockout_threshold: i32,
    /// How long the lock lasts.
    pub lockout_duration_s: i32,
    /// After how long without failures they are forgotten.
    pub lockout_counter_reset_s: i32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            client_secret_trusted_ips: TrustedIps::anywhere(),
            access_token_trusted_ips: TrustedIps::anywhere(),
            access_token_ttl_s: 2_592_000,
            access_token_max_ttl_s: 2_592_000,
            access_token_num_uses_limit: 0,
            access_token_period_s: 0,
            lockout_enabled: true,
            lockout_threshold: 3,
            lockout_duration_s: 300,
            lockout_counter_reset_s: 30,
        }
    }
}

/// What to change; `None` stays.
#[derive(Clone, Debug, Default)]
pub struct SettingsChange {
    /// See [`Settings::client_secret_trusted_ips`].
    pub client_secret_trusted_ips: Option<TrustedIps>,
    /// See [`Settings::access_token_trusted_ips`].
    pub access_token_trusted_ips: Option<TrustedIps>,
    /// See [`Settings::access_token_ttl_s`].
    pub access_token_ttl_s: Option<i64>,
    /// See [`Settings::access_token_max_ttl_s`].
    pub access_token_max_ttl_s: Option<i64>,
    /// See [`Settings::access_token_num_uses_limit`].
    pub access_token_num_uses_limit: Option<i64>,
    /// See [`Settings::access_token_period_s`].
    pub access_token_period_s: Option<i64>,
    /// See [`Settings::lockout_enabled`].
    pub lockout_enabled: Option<bool>,
    /// See [`Settings::lockout_threshold`].
    pub lockout_threshold: Option<i32>,
    /// See [`Settings::lockout_duration_s`].
    pub lockout_duration_s: Option<i32>,
    /// See [`Settings::lockout_counter_reset_s`].
    pub lockout_counter_reset_s: Option<i32>,
}

/// Attaches the method to an identity that does not have it.
///
/// # Errors
/// 404 for an unknown identity; 400 when it has the method or the lifetimes contradict each other; 403 without the permission or
/// for an identity stronger than the caller.
pub async fn attach(app: &App, caller: &Caller, identity_id: Uuid, settings: Settings) -> Result<Model> {
    let tx = app.db.begin().await?;
    let target = Target::find(app, &tx, caller, identity_id, "create").await?;
    if find(&tx, identity_id).await?.is_some() {
        return Err(Error::bad_request("Failed to add universal auth to already configured identity"));
    }
    target.require_not_stronger(app, &tx, caller, "Failed to add universal auth to identity with more privileged role").await?;
    let now_ms = app.now_ms();
    let row = Model {
        id: app.ids.v4(),
        identity_id,
        client_id: app.ids.v4(),
        client_secret_trusted_ips: settings.client_secret_trusted_ips.to_json()?,
        access_token_trusted_ips: settings.access_token_trusted_ips.to_json()?,
        access_token_ttl_s: settings.access_token_ttl_s,
        access_token_max_ttl_s: settings.access_token_max_ttl_s,
        access_token_num_uses_limit: settings.access_token_num_uses_limit,
        access_token_period_s: settings.access_token_period_s,
        lockout_enabled: settings.lockout_enabled,
        lockout_threshold: settings.lockout_threshold,
        lockout_duration_s: settings.lockout_duration_s,
        lockout_counter_reset_s: settings.lockout_counter_reset_s,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    require_lifetimes(row.access_token_ttl_s, row.access_token_max_ttl_s)?;
    keyferry_db::insert(&tx, row.clone()).await?;
    audit::record(app, &tx, caller, event(caller, &target, "add-identity-universal-auth", described(&row))).await?;
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
    audit::record_read(app, caller, event(caller, &target, "get-identity-universal-auth", json!({"identityId": identity_id})))?;
    Ok(row)
}

/// Changes the method's settings. Tokens issued before obey the new trusted addresses from then on.
///
/// # Errors
/// As [`attach`]; 404 for an identity without the method.
pub async fn update(app: &App, caller: &Caller, identity_id: Uuid, change: SettingsChange) -> Result<Model> {
    let tx = app.db.begin().await?;
    let target = Target::find(app, &tx, caller, identity_id, "edit").await?;
    target
        .require_not_stronger(app, &tx, caller, "Failed to update universal auth of identity with more privileged role")
        .await?;
    let mut row = require(&tx, identity_id).await?;
    if let Some(ips) = change.client_secret_trusted_ips {
        row.client_secret_trusted_ips = ips.to_json()?;
    }
    if let Some(ips) = change.access_token_trusted_ips {
        row.access_token_trusted_ips = ips.to_json()?;
        keyferry_db::tokens::set_trusted_ips(&tx, identity_id, METHOD_UNIVERSAL_AUTH, &row.access_token_trusted_ips).await?;
    }
    row.access_token_ttl_s = change.access_token_ttl_s.unwrap_or(row.access_token_ttl_s);
    row.access_token_max_ttl_s = change.access_token_max_ttl_s.unwrap_or(row.access_token_max_ttl_s);
    row.access_token_num_uses_limit = change.access_token_num_uses_limit.unwrap_or(row.access_token_num_uses_limit);
    row.access_token_period_s = change.access_token_period_s.unwrap_or(row.access_token_period_s);
    row.lockout_enabled = change.lockout_enabled.unwrap_or(row.lockout_enabled);
    row.lockout_threshold = change.lockout_threshold.unwrap_or(row.lockout_threshold);
    row.lockout_duration_s = change.lockout_duration_s.unwrap_or(row.lockout_duration_s);
    row.lockout_counter_reset_s = change.lockout_counter_reset_s.unwrap_or(row.lockout_counter_reset_s);
    row.updated_at_ms = app.now_ms();
    require_lifetimes(row.access_token_ttl_s, row.access_token_max_ttl_s)?;
    keyferry_db::update(&tx, row.clone()).await?;
    audit::record(app, &tx, caller, event(caller, &target, "update-identity-universal-auth", described(&row))).await?;
    tx.commit().await?;
    authentication::forget(app);
    Ok(row)
}

/// Takes the method from the identity; its client secrets and the tokens they gave are refused from then on.
///
/// # Errors
/// 404 for an unknown identity or one without the method, 403 without the permission or for one stronger than the caller.
pub async fn revoke(app: &App, caller: &Caller, identity_id: Uuid) -> Result<Model> {
    let tx = app.db.begin().await?;
    let target = Target::find(app, &tx, caller, identity_id, "revoke-auth").await?;
    target
        .require_not_stronger(app, &tx, caller, "Failed to revoke universal auth of identity with more privileged role")
        .await?;
    let row = require(&tx, identity_id).await?;
    let now_ms = app.now_ms();
    keyferry_db::tokens::revoke_by_method(&tx, identity_id, METHOD_UNIVERSAL_AUTH, now_ms).await?;
    keyferry_db::lockouts::clear_identity(&tx, identity_id, now_ms).await?;
    keyferry_db::delete(&tx, row.clone()).await?;
    let metadata = json!({"identityId": identity_id});
    audit::record(app, &tx, caller, event(caller, &target, "revoke-identity-universal-auth", metadata)).await?;
    tx.commit().await?;
    authentication::forget(app);
    Ok(row)
}

async fn find(conn: &impl Conn, identity_id: Uuid) -> Result<Option<Model>> {
    Ok(keyferry_db::universal_auth::find_by_identity(conn, identity_id).await?)
}

/// The method of an identity that has it.
pub(super) async fn require(conn: &impl Conn, identity_id: Uuid) -> Result<Model> {
    let missing = || Error::not_found(format!("Failed to find universal auth for identity with ID {identity_id}"));
    find(conn, identity_id).await?.ok_or_else(missing)
}

/// An event about the target: in its project where it belongs to one.
pub(super) fn event(caller: &Caller, target: &Target, kind: &'static str, metadata: serde_json::Value) -> Event {
    Event { project_id: target.identity.project_id, ..Event::org(caller, kind, metadata) }
}

fn require_lifetimes(ttl_s: i64, max_ttl_s: i64) -> Result<()> {
    if max_ttl_s > 0 && ttl_s > max_ttl_s {
        return Err(Error::bad_request("Access token TTL cannot be greater than max TTL"));
    }
    Ok(())
}

fn described(row: &Model) -> serde_json::Value {
    json!({
        "identityId": row.identity_id,
        "accessTokenTTL": row.access_token_ttl_s,
        "accessTokenMaxTTL": row.access_token_max_ttl_s,
        "accessTokenNumUsesLimit": row.access_token_num_uses_limit,
        "accessTokenPeriod": row.access_token_period_s,
        "lockoutEnabled": row.lockout_enabled,
        "lockoutThreshold": row.lockout_threshold,
        "lockoutDurationSeconds": row.lockout_duration_s,
        "lockoutCounterResetSeconds": row.lockout_counter_reset_s
    })
}
