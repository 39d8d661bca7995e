//! The tokens of the method.

use keyferry_db::Conn;
use keyferry_db::entities::identity_access_tokens::Model;
use serde_json::json;
use uuid::Uuid;

use super::attach::{event, require};
use crate::app::App;
use crate::audit;
use crate::authentication::{self, IssuedToken, METHOD_TOKEN_AUTH};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::identities::Target;

/// Makes a token; it is shown this once.
///
/// # Errors
/// 404 for an unknown identity or one without the method, 403 without the permission or for one stronger than the caller.
pub async fn create_token(app: &App, caller: &Caller, identity_id: Uuid, name: Option<String>) -> Result<IssuedToken> {
    let tx = app.db.begin().await?;
    let target = Target::find(app, &tx, caller, identity_id, "create-token").await?;
    target.require_not_stronger(app, &tx, caller, "Failed to create token for identity with more privileged role").await?;
    let method = require(&tx, identity_id).await?;
    let issue = authentication::Issue {
        identity: &target.identity,
        auth_method: METHOD_TOKEN_AUTH,
        client_secret_id: None,
        name,
        ttl_s: method.access_token_ttl_s,
        max_ttl_s: method.access_token_max_ttl_s,
        period_s: 0,
        num_uses_limit: method.access_token_num_uses_limit,
        trusted_ips: method.access_token_trusted_ips,
    };
    let issued = authentication::issue(app, &tx, issue).await?;
    let metadata = json!({"identityId": identity_id, "tokenId": issued.row.id});
    audit::record(app, &tx, caller, event(caller, &target, "create-token-identity-token-auth", metadata)).await?;
    tx.commit().await?;
    Ok(issued)
}

/// A page of an identity's tokens, newest first.
///
/// # Errors
/// 404 for an unknown identity or one without the method, 403 without the permission.
pub async fn list_tokens(app: &App, caller: &Caller, identity_id: Uuid, offset: u64, limit: u64) -> Result<Vec<Model>> {
    let conn = app.db.read();
    let target = Target::find(app, conn, caller, identity_id, "get-token").await?;
    require(conn, identity_id).await?;
    let rows = keyferry_db::tokens::list(conn, identity_id, METHOD_TOKEN_AUTH, offset, limit).await?;
    audit::record_read(
        app,
        caller,
        event(caller, &target, "get-tokens-identity-token-auth", json!({"identityId": identity_id})),
    )?;
    Ok(rows)
}

/// One token.
///
/// # Errors
/// 404 for an unknown token, 403 without the permission.
pub async fn get_token(app: &App, caller: &Caller, id: Uuid) -> Result<Model> {
    let conn = app.db.read();
    let (row, target) = find(app, conn, caller, id, "get-token").await?;
    let metadata = json!({"identityId": row.identity_id, "tokenId": id});
    audit::record_read(app, caller, event(caller, &target, "get-token-identity-token-auth", metadata))?;
    Ok(row)
}

/// Gives a token another name.
///
/// # Errors
/// 404 for an unknown token, 403 without the permission.
pub async fn rename_token(app: &App, caller: &Caller, id: Uuid, name: Option<String>) -> Result<Model> {
    let tx = app.db.begin().await?;
    let (mut row, target) = find(app, &tx, caller, id, "edit").await?;
    if let Some(name) = name {
        row.name = Some(name);
    }
    row.updated_at_ms = app.now_ms();
    keyferry_db::update(&tx, row.clone()).await?;
    let metadata = json!({"identityId": row.identity_id, "tokenId": id});
    audit::record(app, &tx, caller, event(caller, &target, "update-token-identity-token-auth", metadata)).await?;
    tx.commit().await?;
    Ok(row)
}

/// Revokes a token for ever.
///
/// # Errors
/// 404 for an unknown token, 403 without the permission or for an identity stronger than the caller.
pub async fn revoke_token(app: &App, caller: &Caller, id: Uuid) -> Result<()> {
    let tx = app.db.begin().await?;
    let (row, target) = find(app, &tx, caller, id, "delete-token").await?;
    target.require_not_stronger(app, &tx, caller, "Failed to revoke token of identity with more privileged role").await?;
    keyferry_db::tokens::revoke(&tx, id, app.now_ms()).await?;
    let metadata = json!({"identityId": row.identity_id, "tokenId": id});
    audit::record(app, &tx, caller, event(caller, &target, "revoke-token-identity-token-auth", metadata)).await?;
    tx.commit().await?;
    authentication::forget(app);
    Ok(())
}

/// The token, and its identity with the proof that the caller may do this to it. A token of another organization is as unknown
/// as none.
async fn find(app: &App, conn: &impl Conn, caller: &Caller, id: Uuid, action: &str) -> Result<(Model, Target)> {
    let missing = || Error::not_found(format!("Failed to find token with ID {id}"));
    let row = keyferry_db::find_by_id::<Model>(conn, id)
        .await?
        .filter(|row| row.auth_method == METHOD_TOKEN_AUTH && Some(row.org_id) == caller.org_id)
        .ok_or_else(missing)?;
    let target = Target::find(app, conn, caller, row.identity_id, action).await?;
    Ok((row, target))
}
