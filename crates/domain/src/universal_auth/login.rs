//! Exchanging a client id and secret for an access token (core API contract 6.1).

use keyferry_db::WriteTx;
use keyferry_db::entities::{identities, identity_universal_auths, universal_auth_client_secrets};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use uuid::Uuid;

use super::client_secrets::secret_hash;
use crate::app::App;
use crate::audit::{self, Event};
use crate::authentication::{self, IssuedToken, METHOD_UNIVERSAL_AUTH, Policy, TrustedIps, after_failure, is_locked, subject};
use crate::caller::{Actor, Caller, Origin};
use crate::error::{Error, Result};

/// A sign-in.
pub struct LoginInput {
    /// Client id, in any spelling of a UUID.
    pub client_id: String,
    /// Client secret.
    pub client_secret: SecretString,
}

/// How failures of ids that do not exist are counted: as by default.
const DEFAULT_POLICY: Policy = Policy { enabled: true, threshold: 3, duration_ms: 300_000, reset_ms: 30_000 };

/// Issues an access token. Attempts of one client id are taken one by one, so that neither a lock nor a limit of uses can be
/// outrun; an unknown id costs the same work and is locked alike.
///
/// # Errors
/// 401 for wrong credentials, a lock, an expired or used-up secret; 403 from an address that is not trusted.
pub async fn login(app: &App, origin: Origin, input: LoginInput) -> Result<IssuedToken> {
    let tx = app.db.begin().await?;
    let attempt = Attempt::load(app, &tx, &input).await?;
    if let Some(method) = &attempt.method {
        TrustedIps::from_json(&method.client_secret_trusted_ips)?.require(origin.ip)?;
    }
    let now_ms = app.now_ms();
    if is_locked(&attempt.lockout, now_ms) {
        attempt.record_refusal(app, origin, "locked")?;
        return Err(Error::unauthorized("This identity auth method is temporarily locked, please try again later"));
    }
    let Attempt { method: Some(method), identity: Some(identity), secret: Some(secret), .. } = &attempt else {
        let policy = attempt.method.as_ref().map_or(DEFAULT_POLICY, policy);
        let lockout = after_failure(attempt.lockout.clone(), policy, now_ms);
        let reason = if is_locked(&lockout, now_ms) { "locked-now" } else { "invalid-credentials" };
        keyferry_db::update(&tx, lockout).await?;
        tx.commit().await?;
        authentication::purge_in_passing(app).await?;
        attempt.record_refusal(app, origin, reason)?;
        return Err(Error::unauthorized("Invalid credentials"));
    };
    if secret.ttl_s > 0 && now_ms >= secret.created_at_ms + secret.ttl_s * 1000 {
        return refuse_secret(app, tx, &attempt, origin, "Access denied due to expired client secret").await;
    }
    if !keyferry_db::universal_auth::count_secret_use(&tx, secret.id, now_ms).await? {
        return refuse_secret(app, tx, &attempt, origin, "Access denied due to client secret usage limit reached").await;
    }
    keyferry_db::lockouts::clear(&tx, &attempt.lockout.subject).await?;
    let membership = keyferry_db::access::find_org_membership_of_identity(&tx, identity.org_id, identity.id)
        .await?
        .ok_or_else(|| Error::unauthorized("Invalid credentials"))?;
    keyferry_db::org_memberships::note_login(&tx, membership.id, METHOD_UNIVERSAL_AUTH, now_ms).await?;
    let issue = authentication::Issue {
        identity,
        auth_method: METHOD_UNIVERSAL_AUTH,
        client_secret_id: Some(secret.id),
        name: None,
        ttl_s: method.access_token_ttl_s,
        max_ttl_s: method.access_token_max_ttl_s,
        period_s: method.access_token_period_s,
        num_uses_limit: method.access_token_num_uses_limit,
        trusted_ips: method.access_token_trusted_ips.clone(),
    };
    let issued = authentication::issue(app, &tx, issue).await?;
    let caller = caller(identity, issued.row.id, origin);
    let metadata = json!({
        "identityId": identity.id,
        "identityUniversalAuthId": method.id,
        "clientSecretId": secret.id,
        "identityAccessTokenId": issued.row.id
    });
    audit::record(app, &tx, &caller, Event::org(&caller, "login-identity-universal-auth", metadata)).await?;
    tx.commit().await?;
    Ok(issued)
}

/// What is known about an attempt. Each part is looked up whether or not the one before was found.
struct Attempt {
    method: Option<identity_universal_auths::Model>,
    lockout: keyferry_db::entities::login_lockouts::Model,
    /// The identity, while it may sign in.
    identity: Option<identities::Model>,
    /// The secret, unless revoked.
    secret: Option<universal_auth_client_secrets::Model>,
}

impl Attempt {
    async fn load(app: &App, tx: &WriteTx, input: &LoginInput) -> Result<Self> {
        let client_id = Uuid::try_parse(input.client_id.trim()).ok();
        let method = keyferry_db::universal_auth::lock_by_client_id(tx, client_id.unwrap_or_default()).await?;
        // Every spelling of an id is counted as one.
        let canonical = client_id.map_or_else(|| input.client_id.trim().to_lowercase(), |id| id.to_string());
        let identity_id = method.as_ref().map(|method| method.identity_id);
        let lockout = keyferry_db::lockouts::lock(tx, &subject("universal-auth", &canonical), identity_id).await?;
        let identity = keyferry_db::find_by_id::<identities::Model>(tx, identity_id.unwrap_or_default()).await?;
        let org_id = identity.as_ref().map(|identity| identity.org_id).unwrap_or_default();
        let is_active = keyferry_db::access::find_org_membership_of_identity(tx, org_id, identity_id.unwrap_or_default())
            .await?
            .is_some_and(|membership| membership.is_active);
        let hash = secret_hash(app, input.client_secret.expose_secret());
        let method_id = method.as_ref().map(|method| method.id).unwrap_or_default();
        let secret = keyferry_db::universal_auth::find_secret_by_hash(tx, method_id, &hash).await?;
        Ok(Self { method, lockout, identity: identity.filter(|_| is_active), secret: secret.filter(|secret| !secret.is_revoked) })
    }

    fn record_refusal(&self, app: &App, origin: Origin, reason: &str) -> Result<()> {
        let caller = match &self.identity {
            Some(identity) => caller(identity, Uuid::nil(), origin),
            None => Caller { actor: Actor::Platform, org_id: None, origin },
        };
        let metadata = json!({"identityId": caller.actor.id(), "reason": reason});
        audit::record_refusal(app, &caller, Event::org(&caller, "login-identity-universal-auth", metadata))
    }
}

/// A secret past its time or uses becomes revoked; the tokens it gave live on.
async fn refuse_secret(app: &App, tx: WriteTx, attempt: &Attempt, origin: Origin, message: &str) -> Result<IssuedToken> {
    if let Some(secret) = &attempt.secret {
        keyferry_db::universal_auth::revoke_secret(&tx, secret.id, app.now_ms()).await?;
    }
    tx.commit().await?;
    attempt.record_refusal(app, origin, "client-secret-over")?;
    Err(Error::unauthorized(message))
}

fn policy(method: &identity_universal_auths::Model) -> Policy {
    Policy {
        enabled: method.lockout_enabled,
        threshold: method.lockout_threshold,
        duration_ms: i64::from(method.lockout_duration_s) * 1000,
        reset_ms: i64::from(method.lockout_counter_reset_s) * 1000,
    }
}

fn caller(identity: &identities::Model, token_id: Uuid, origin: Origin) -> Caller {
    let actor = Actor::Identity {
        id: identity.id,
        name: identity.name.clone(),
        token_id,
        auth_method: METHOD_UNIVERSAL_AUTH.to_owned(),
        is_instance_admin: identity.is_instance_admin,
    };
    Caller { actor, org_id: Some(identity.org_id), origin }
}
