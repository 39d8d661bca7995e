//! Service tokens (core API contract 3.5): `st.<id>.<secret>`, found by id, proved by the keyed hash of the secret.

use std::sync::Arc;

use keyferry_db::entities::service_tokens;
use uuid::Uuid;

use super::cache::{Key, Known, VALID_MS};
use super::token_error;
use super::trusted_ips::TrustedIps;
use super::user_token::TOUCH_MS;
use crate::app::App;
use crate::caller::{Actor, Caller, Origin};
use crate::error::{Error, Result};
use crate::service_tokens::{only_place, secret_hash};

/// `rest` is the token behind `st.`; parts behind the secret belong to old clients and are not looked at.
pub(super) async fn authenticate(app: &App, rest: &str, origin: Origin) -> Result<Caller> {
    let mut parts = rest.split('.');
    let (Some(id), Some(secret)) = (parts.next().and_then(|id| Uuid::try_parse(id).ok()), parts.next()) else {
        return Err(token_error(keyferry_crypto::TokenError::Malformed));
    };
    let now_ms = app.now_ms();
    let hash = secret_hash(app, secret);
    let key = Key::Service(id, hash);
    let known = match app.tokens.get(key, now_ms) {
        Some(known) => known,
        None => {
            let epoch = app.tokens.epoch();
            let known = Arc::new(load(app, id, &hash, now_ms).await?);
            app.tokens.insert(epoch, key, Arc::clone(&known));
            known
        }
    };
    if known.dies_at_ms.is_some_and(|end| end <= now_ms) {
        return Err(Error::forbidden("Service token has expired"));
    }
    Ok(Caller { actor: known.actor.clone(), org_id: known.org_id, origin })
}

/// The secret is proved before anything else is told of the token.
async fn load(app: &App, id: Uuid, hash: &[u8; 32], now_ms: i64) -> Result<Known> {
    let row = keyferry_db::find_by_id::<service_tokens::Model>(app.db.read(), id)
        .await?
        .ok_or_else(|| Error::not_found(format!("Service token with ID '{id}' not found")))?;
    if !keyferry_crypto::constant_time_eq(hash, &row.secret_hash) {
        return Err(Error::unauthorized("Invalid service token"));
    }
    if row.expires_at_ms.is_none_or(|end| end > now_ms)
        && row.last_used_at_ms.is_none_or(|at| now_ms - at >= TOUCH_MS)
        && let Err(error) = touch(app, id, now_ms).await
    {
        tracing::debug!(%error, "the time of a service token's last use was not written");
    }
    Ok(Known {
        actor: Actor::Service { id, only_place: only_place(&row)?, name: row.name, project_id: row.project_id },
        org_id: Some(row.org_id),
        trusted_ips: TrustedIps::default(),
        access_version: 0,
        dies_at_ms: row.expires_at_ms,
        valid_until_ms: now_ms + VALID_MS,
    })
}

async fn touch(app: &App, id: Uuid, now_ms: i64) -> Result<()> {
    let tx = app.db.begin().await?;
    keyferry_db::service_tokens::touch(&tx, id, now_ms).await?;
    Ok(tx.commit().await?)
}
