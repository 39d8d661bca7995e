//! Access tokens of identities: issuing them, and the row behind them with each request.

use std::sync::Arc;

use keyferry_db::WriteTx;
use keyferry_db::entities::{identities, identity_access_tokens};
use secrecy::SecretString;
use uuid::Uuid;

use super::cache::{Key, Known, VALID_MS};
use super::claims::{Claims, IdentityClaims, KIND_IDENTITY};
use super::token_error;
use super::trusted_ips::TrustedIps;
use super::user_token::TOUCH_MS;
use crate::app::App;
use crate::caller::{Actor, Caller, Origin};
use crate::error::{Error, Result};

/// Name of the method that exchanges a client id and secret.
pub const METHOD_UNIVERSAL_AUTH: &str = "universal-auth";
/// Name of the method whose tokens are made by hand.
pub const METHOD_TOKEN_AUTH: &str = "token-auth";

/// What a sign-in or renewal reports as the maximum life of a periodic token, which has none (core API contract 6.1).
const PERIODIC_MAX_TTL_S: i64 = 1_000_000_000;

/// A signed token and its row.
pub struct IssuedToken {
    /// The bearer token; shown once.
    pub access_token: SecretString,
    /// Seconds until it expires; 0 = never.
    pub expires_in_s: i64,
    /// Its row.
    pub row: identity_access_tokens::Model,
}

impl IssuedToken {
    /// The maximum life to report, in seconds; 0 = none.
    #[must_use]
    pub fn max_ttl_s(&self) -> i64 {
        if self.row.period_s > 0 { PERIODIC_MAX_TTL_S } else { self.row.max_ttl_s }
    }
}

/// What to issue.
pub(crate) struct Issue<'a> {
    pub identity: &'a identities::Model,
    pub auth_method: &'a str,
    pub client_secret_id: Option<Uuid>,
    pub name: Option<String>,
    pub ttl_s: i64,
    pub max_ttl_s: i64,
    pub period_s: i64,
    pub num_uses_limit: i64,
    pub trusted_ips: String,
}

/// Writes the row of a new token and signs it.
pub(crate) async fn issue(app: &App, tx: &WriteTx, input: Issue<'_>) -> Result<IssuedToken> {
    let now_ms = app.now_ms();
    let row = identity_access_tokens::Model {
        id: app.ids.v4(),
        org_id: input.identity.org_id,
        identity_id: input.identity.id,
        auth_method: input.auth_method.to_owned(),
        client_secret_id: input.client_secret_id,
        name: input.name,
        ttl_s: input.ttl_s,
        max_ttl_s: input.max_ttl_s,
        period_s: input.period_s,
        num_uses: 0,
        num_uses_limit: input.num_uses_limit,
        trusted_ips: input.trusted_ips,
        last_used_at_ms: None,
        last_renewed_at_ms: None,
        is_revoked: false,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(tx, row.clone()).await?;
    let (access_token, expires_in_s) = sign(app, &row, &input.identity.name)?;
    Ok(IssuedToken { access_token, expires_in_s, row })
}

/// Signs a token for its row, good from now for one lifetime and never past its maximum; and the seconds until it expires, 0 for
/// one that does not.
pub(crate) fn sign(app: &App, row: &identity_access_tokens::Model, identity_name: &str) -> Result<(SecretString, i64)> {
    let now_s = app.now_ms().div_euclid(1000);
    let lifetime_s = if row.period_s > 0 { row.period_s } else { row.ttl_s };
    let end_s = dies_at_ms(row).map(|ms| ms.div_euclid(1000));
    let exp = match (lifetime_s > 0, end_s) {
        (true, Some(end_s)) => Some((now_s + lifetime_s).min(end_s)),
        (true, None) => Some(now_s + lifetime_s),
        (false, end_s) => end_s,
    };
    let claims = IdentityClaims {
        identity_id: row.identity_id,
        identity_name,
        auth_method: &row.auth_method,
        org_id: row.org_id,
        client_secret_id: row.client_secret_id.map(|id| id.to_string()).unwrap_or_default(),
        identity_access_token_id: row.id,
        auth_token_type: KIND_IDENTITY,
        jti: app.ids.v4().to_string(),
        iat: now_s,
        exp,
    };
    let token = SecretString::from(app.keys.jwt().sign(&claims).map_err(Error::internal)?);
    Ok((token, exp.map_or(0, |exp| exp - now_s)))
}

/// The row behind an identity's token, once its signature and expiry are proved.
pub(crate) fn identity_token_id(app: &App, token: &str) -> Result<Uuid> {
    let claims: Claims = super::verify(app, token)?;
    claims
        .identity_access_token_id
        .filter(|_| claims.auth_token_type.as_deref() == Some(KIND_IDENTITY))
        .ok_or_else(|| token_error(keyferry_crypto::TokenError::Malformed))
}

/// When the token is over whatever was renewed; `None` for one without a maximum.
pub(crate) fn dies_at_ms(row: &identity_access_tokens::Model) -> Option<i64> {
    (row.period_s == 0 && row.max_ttl_s > 0).then(|| row.created_at_ms + row.max_ttl_s * 1000)
}

pub(super) async fn authenticate(app: &App, claims: &Claims, origin: Origin) -> Result<Caller> {
    let Some(token_id) = claims.identity_access_token_id else {
        return Err(token_error(keyferry_crypto::TokenError::Malformed));
    };
    let now_ms = app.now_ms();
    let key = Key::Token(token_id);
    let known = match app.tokens.get(key, now_ms) {
        Some(known) => {
            known.trusted_ips.require(origin.ip)?;
            known
        }
        None => load(app, token_id, &origin, now_ms).await?,
    };
    if known.dies_at_ms.is_some_and(|end| end <= now_ms) {
        return Err(token_error(keyferry_crypto::TokenError::Expired));
    }
    Ok(Caller { actor: known.actor.clone(), org_id: known.org_id, origin })
}

/// Checks in the contract's order: address, membership, revocation, uses.
async fn load(app: &App, token_id: Uuid, origin: &Origin, now_ms: i64) -> Result<Arc<Known>> {
    let epoch = app.tokens.epoch();
    let conn = app.db.read();
    let missing = || Error::unauthorized("No identity access token found");
    let token = keyferry_db::find_by_id::<identity_access_tokens::Model>(conn, token_id).await?.ok_or_else(missing)?;
    let trusted_ips = TrustedIps::from_json(&token.trusted_ips)?;
    trusted_ips.require(origin.ip)?;
    let identity = keyferry_db::find_by_id::<identities::Model>(conn, token.identity_id).await?.ok_or_else(missing)?;
    let membership = keyferry_db::access::find_org_membership_of_identity(conn, token.org_id, identity.id)
        .await?
        .ok_or_else(|| Error::unauthorized("Identity is not a member of the organization"))?;
    if !membership.is_active {
        return Err(Error::unauthorized("Identity organization membership is inactive"));
    }
    if token.is_revoked {
        return Err(Error::unauthorized("Failed to authorize: token has been revoked"));
    }
    let known = Arc::new(Known {
        actor: Actor::Identity {
            id: identity.id,
            name: identity.name,
            token_id,
            auth_method: token.auth_method.clone(),
            is_instance_admin: identity.is_instance_admin,
        },
        org_id: Some(token.org_id),
        trusted_ips,
        access_version: 0,
        dies_at_ms: dies_at_ms(&token),
        valid_until_ms: now_ms + VALID_MS,
    });
    if token.num_uses_limit > 0 {
        // Each use counts, so none may be answered from memory.
        if known.dies_at_ms.is_none_or(|end| now_ms < end) {
            count_use(app, token_id, now_ms).await?;
        }
        return Ok(known);
    }
    if token.last_used_at_ms.is_none_or(|at| now_ms - at >= TOUCH_MS)
        && let Err(error) = touch(app, token_id, now_ms).await
    {
        tracing::debug!(%error, "the time of a token's last use was not written");
    }
    app.tokens.insert(epoch, Key::Token(token_id), Arc::clone(&known));
    Ok(known)
}

async fn count_use(app: &App, token_id: Uuid, now_ms: i64) -> Result<()> {
    let tx = app.db.begin().await?;
    if !keyferry_db::tokens::count_use(&tx, token_id, now_ms).await? {
        return Err(Error::unauthorized("Failed to authorize: token usage limit reached"));
    }
    Ok(tx.commit().await?)
}

async fn touch(app: &App, token_id: Uuid, now_ms: i64) -> Result<()> {
    let tx = app.db.begin().await?;
    keyferry_db::tokens::touch(&tx, token_id, now_ms).await?;
    Ok(tx.commit().await?)
}
