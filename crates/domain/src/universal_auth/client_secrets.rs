//! Client secrets: random, shown once, stored as a keyed hash.

use keyferry_crypto::random_hex;
use keyferry_db::entities::universal_auth_client_secrets::Model;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use uuid::Uuid;

use super::attach::{event, require};
use crate::app::App;
use crate::audit;
use crate::authentication;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::identities::Target;

/// A new client secret.
#[derive(Clone, Debug, Default)]
pub struct CreateClientSecret {
    /// What it is for.
    pub description: String,
    /// Sign-ins it is good for; 0 = unlimited.
    pub num_uses_limit: i64,
    /// Its life in seconds; 0 = no end.
    pub ttl_s: i64,
}

/// Makes a client secret; the text is shown this once.
///
/// # Errors
/// 404 for an unknown identity or one without the method, 403 without the permission or for one stronger than the caller.
pub async fn create_client_secret(
    app: &App,
    caller: &Caller,
    identity_id: Uuid,
    input: CreateClientSecret,
) -> Result<(SecretString, Model)> {
    let tx = app.db.begin().await?;
    let target = Target::find(app, &tx, caller, identity_id, "create-token").await?;
    target
        .require_not_stronger(app, &tx, caller, "Failed to create client secret for identity with more privileged role")
        .await?;
    let method = require(&tx, identity_id).await?;
    let secret = random_hex(32);
    let now_ms = app.now_ms();
    let row = Model {
        id: app.ids.v4(),
        universal_auth_id: method.id,
        identity_id,
        description: input.description,
        secret_prefix: secret.expose_secret().chars().take(4).collect(),
        secret_hash: secret_hash(app, secret.expose_secret()).to_vec(),
        num_uses: 0,
        num_uses_limit: input.num_uses_limit,
        ttl_s: input.ttl_s,
        is_revoked: false,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(&tx, row.clone()).await?;
    let metadata = json!({"identityId": identity_id, "clientSecretId": row.id});
    audit::record(app, &tx, caller, event(caller, &target, "create-identity-universal-auth-client-secret", metadata)).await?;
    tx.commit().await?;
    Ok((secret, row))
}

/// The client secrets that are not revoked, newest first.
///
/// # Errors
/// 404 for an unknown identity or one without the method, 403 without the permission.
pub async fn list_client_secrets(app: &App, caller: &Caller, identity_id: Uuid) -> Result<Vec<Model>> {
    let conn = app.db.read();
    let target = Target::find(app, conn, caller, identity_id, "get-token").await?;
    let method = require(conn, identity_id).await?;
    let rows = keyferry_db::universal_auth::list_secrets(conn, method.id).await?;
    let metadata = json!({"identityId": identity_id});
    audit::record_read(app, caller, event(caller, &target, "get-identity-universal-auth-client-secrets", metadata))?;
    Ok(rows)
}

/// One client secret that is not revoked.
///
/// # Errors
/// 404 for an unknown or revoked one, 403 without the permission.
pub async fn get_client_secret(app: &App, caller: &Caller, identity_id: Uuid, id: Uuid) -> Result<Model> {
    let conn = app.db.read();
    let target = Target::find(app, conn, caller, identity_id, "get-token").await?;
    let method = require(conn, identity_id).await?;
    let row = keyferry_db::universal_auth::find_secret(conn, method.id, id)
        .await?
        .filter(|row| !row.is_revoked)
        .ok_or_else(|| missing(id))?;
    let metadata = json!({"identityId": identity_id, "clientSecretId": id});
    audit::record_read(app, caller, event(caller, &target, "get-identity-universal-auth-client-secret", metadata))?;
    Ok(row)
}

/// Revokes a client secret and the access tokens it gave.
///
/// # Errors
/// 404 for an unknown or revoked one, 403 without the permission or for an identity stronger than the caller.
pub async fn revoke_client_secret(app: &App, caller: &Caller, identity_id: Uuid, id: Uuid) -> Result<Model> {
    let tx = app.db.begin().await?;
    let target = Target::find(app, &tx, caller, identity_id, "delete-token").await?;
    target.require_not_stronger(app, &tx, caller, "Failed to revoke client secret of identity with more privileged role").await?;
    let method = require(&tx, identity_id).await?;
    let mut row = keyferry_db::universal_auth::find_secret(&tx, method.id, id).await?.ok_or_else(|| missing(id))?;
    let now_ms = app.now_ms();
    if !keyferry_db::universal_auth::revoke_secret(&tx, id, now_ms).await? {
        return Err(missing(id));
    }
    keyferry_db::tokens::revoke_by_client_secret(&tx, id, now_ms).await?;
    let metadata = json!({"identityId": identity_id, "clientSecretId": id});
    audit::record(app, &tx, caller, event(caller, &target, "revoke-identity-universal-auth-client-secret", metadata)).await?;
    tx.commit().await?;
    authentication::forget(app);
    row.is_revoked = true;
    row.updated_at_ms = now_ms;
    Ok(row)
}

/// What is stored of a client secret.
pub(super) fn secret_hash(app: &App, secret: &str) -> [u8; 32] {
    app.keys.tokens().hash("client-secret", secret)
}

fn missing(id: Uuid) -> Error {
    Error::not_found(format!("Client secret with ID '{id}' not found"))
}
