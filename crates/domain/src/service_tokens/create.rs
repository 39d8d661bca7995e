//! Making a token.

use std::collections::BTreeSet;

use keyferry_crypto::random_hex;
use keyferry_db::entities::service_tokens::Model;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use uuid::Uuid;

use super::read::{ServiceTokenView, view};
use super::rights::{Permission, Scope, rules};
use super::secret_hash;
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};

/// Most tokens of a project.
const MAX_TOKENS: u64 = 500;

/// What old clients encrypt for themselves with a key that never reaches the server.
#[derive(Clone, Debug, Default)]
pub struct KeyMaterial {
    /// The encrypted key.
    pub encrypted_key: Option<String>,
    /// Its initialisation vector.
    pub iv: Option<String>,
    /// Its authentication tag.
    pub tag: Option<String>,
}

/// A new token.
#[derive(Clone, Debug)]
pub struct CreateServiceToken {
    /// The project.
    pub project_id: Uuid,
    /// What it is for.
    pub name: String,
    /// Where it is good.
    pub scopes: Vec<Scope>,
    /// What it may do there.
    pub permissions: Vec<Permission>,
    /// Its life in seconds; `None` for no end.
    pub expires_in_s: Option<i64>,
    /// What old clients keep with it.
    pub key_material: KeyMaterial,
}

/// Makes a token; the text is shown this once.
///
/// # Errors
/// 403 without `create` on `service-tokens` or for more than the caller may do itself, 404 for an unknown environment, 422 for a
/// path that does not begin with a slash, 400 when the project has too many.
pub async fn create(app: &App, caller: &Caller, input: CreateServiceToken) -> Result<(SecretString, ServiceTokenView)> {
    let (project, ability) = access::project_ability(app, app.db.read(), caller, input.project_id).await?;
    ability.require("create", "service-tokens", Facts::any())?;
    let granted = rules(&input.scopes, &input.permissions);
    access::validate_rules(&granted)?;
    ability.require_all(&granted, "Failed to create a service token with more privileges than your own")?;

    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, input.project_id).await?;
    if keyferry_db::service_tokens::count(&tx, input.project_id).await? >= MAX_TOKENS {
        return Err(Error::bad_request(format!("A project has at most {MAX_TOKENS} service tokens. Revoke some first.")));
    }
    for slug in input.scopes.iter().map(|scope| scope.environment.as_str()).collect::<BTreeSet<_>>() {
        if keyferry_db::environments::find_by_slug(&tx, input.project_id, slug).await?.is_none() {
            return Err(Error::not_found("One or more selected environments not found"));
        }
    }
    let secret = random_hex(16);
    let now_ms = app.now_ms();
    let row = Model {
        id: app.ids.v4(),
        org_id: project.org_id,
        project_id: input.project_id,
        name: input.name,
        scopes: serde_json::to_string(&input.scopes).map_err(Error::internal)?,
        permissions: serde_json::to_string(&input.permissions).map_err(Error::internal)?,
        secret_hash: secret_hash(app, secret.expose_secret()).to_vec(),
        encrypted_key: input.key_material.encrypted_key,
        iv: input.key_material.iv,
        tag: input.key_material.tag,
        created_by_id: caller.actor.user_id(),
        expires_at_ms: input.expires_in_s.map(|seconds| now_ms.saturating_add(seconds.saturating_mul(1000))),
        last_used_at_ms: None,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(&tx, row.clone()).await?;
    let metadata = json!({
        "serviceTokenId": row.id, "name": row.name, "scopes": input.scopes, "permissions": input.permissions,
    });
    audit::record(app, &tx, caller, Event::project(caller, input.project_id, "create-service-token", metadata)).await?;
    tx.commit().await?;
    let token = SecretString::from(format!("st.{}.{}", row.id, secret.expose_secret()));
    Ok((token, view(row, None)?))
}
