//! Renewing and revoking an identity's access token, whichever method issued it (core API contract 6.4).

use keyferry_db::WriteTx;
use keyferry_db::entities::{identities, identity_access_tokens};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::app::App;
use crate::audit::{self, Event};
use crate::authentication::{self, IssuedToken, TrustedIps};
use crate::caller::{Actor, Caller, Origin};
use crate::error::{Error, Result};

/// Signs a token anew, good for one more lifetime and never past its maximum.
///
/// # Errors
/// 401 for a token that expired or reached its maximum, 400 for one whose uses are over, and the refusals of any use of it.
pub async fn renew_token(app: &App, origin: Origin, access_token: &SecretString) -> Result<IssuedToken> {
    let tx = app.db.begin().await?;
    let (mut row, identity) = load(app, &tx, &origin, access_token).await.map_err(|error| match error {
        Error::Token { message } if message.starts_with("Your token has expired") => {
            Error::unauthorized("Failed to renew MI access token due to TTL expiration")
        }
        other => other,
    })?;
    let now_ms = app.now_ms();
    let membership = keyferry_db::access::find_org_membership_of_identity(&tx, row.org_id, identity.id)
        .await?
        .ok_or_else(|| Error::unauthorized("Identity is not a member of the organization"))?;
    if !membership.is_active {
        return Err(Error::unauthorized("Identity organization membership is inactive"));
    }
    if row.is_revoked {
        return Err(Error::unauthorized("Failed to authorize: token has been revoked"));
    }
    if authentication::dies_at_ms(&row).is_some_and(|end| end <= now_ms) {
        return Err(Error::unauthorized("Failed to renew MI access token due to Max TTL expiration"));
    }
    if row.num_uses_limit > 0 && row.num_uses >= row.num_uses_limit {
        return Err(Error::bad_request("Unable to renew because access token number of uses limit reached"));
    }
    row.last_renewed_at_ms = Some(now_ms);
    row.updated_at_ms = now_ms;
    keyferry_db::update(&tx, row.clone()).await?;
    let (access_token, expires_in_s) = authentication::sign(app, &row, &identity.name)?;
    let caller = caller(&row, &identity, origin);
    let metadata = json!({"identityId": identity.id, "identityAccessTokenId": row.id});
    audit::record(app, &tx, &caller, Event::org(&caller, "renew-identity-access-token", metadata)).await?;
    tx.commit().await?;
    Ok(IssuedToken { access_token, expires_in_s, row })
}

/// Revokes a token for ever. Revoking it again changes nothing.
///
/// # Errors
/// [`Error::Token`] for a token that is no good.
pub async fn revoke_token(app: &App, origin: Origin, access_token: &SecretString) -> Result<()> {
    let tx = app.db.begin().await?;
    let (row, identity) = load(app, &tx, &origin, access_token).await?;
    if keyferry_db::tokens::revoke(&tx, row.id, app.now_ms()).await? {
        let caller = caller(&row, &identity, origin);
        let metadata = json!({"identityId": identity.id, "identityAccessTokenId": row.id});
        audit::record(app, &tx, &caller, Event::org(&caller, "revoke-identity-access-token", metadata)).await?;
    }
    tx.commit().await?;
    authentication::forget(app);
    Ok(())
}

async fn load(
    app: &App,
    tx: &WriteTx,
    origin: &Origin,
    access_token: &SecretString,
) -> Result<(identity_access_tokens::Model, identities::Model)> {
    let token_id = authentication::identity_token_id(app, access_token.expose_secret())?;
    let missing = || Error::unauthorized("No identity access token found");
    let row = keyferry_db::tokens::lock(tx, token_id).await?.ok_or_else(missing)?;
    TrustedIps::from_json(&row.trusted_ips)?.require(origin.ip)?;
    let identity = keyferry_db::find_by_id::<identities::Model>(tx, row.identity_id).await?.ok_or_else(missing)?;
    Ok((row, identity))
}

fn caller(row: &identity_access_tokens::Model, identity: &identities::Model, origin: Origin) -> Caller {
    let actor = Actor::Identity {
        id: identity.id,
        name: identity.name.clone(),
        token_id: row.id,
        auth_method: row.auth_method.clone(),
        is_instance_admin: identity.is_instance_admin,
    };
    Caller { actor, org_id: Some(row.org_id), origin }
}
