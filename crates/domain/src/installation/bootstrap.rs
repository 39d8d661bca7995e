//! Making the first account, its organization, and an identity for automation (core API contract 4.4). Happens once.

use keyferry_crypto::random_alphanumeric;
use keyferry_db::WriteTx;
use keyferry_db::entities::{identities, identity_token_auths, org_memberships, organizations, users};
use keyferry_db::server_settings as store;
use secrecy::{ExposeSecret as _, SecretString};

use super::open::is_setup_token;
use crate::app::App;
use crate::audit::{self, Event};
use crate::authentication::{self, IssuedToken, METHOD_TOKEN_AUTH, TrustedIps, password_error};
use crate::caller::{Caller, Origin};
use crate::error::{Error, Result};
use crate::keys::Scope;
use crate::organizations::slugify;
use crate::users::canonical_username;

/// What the first account is made from.
pub struct BootstrapInput {
    /// Mail address and sign-in name.
    pub email: String,
    /// Password.
    pub password: SecretString,
    /// Name of the organization.
    pub organization: String,
    /// The token printed at the first start.
    pub setup_token: Option<SecretString>,
    /// Whether the request came from this machine without any proxy: then it needs no setup token.
    pub trusted_local: bool,
}

/// What was made.
pub struct BootstrapOutput {
    /// Administers the installation and the organization.
    pub user: users::Model,
    /// The organization.
    pub organization: organizations::Model,
    /// Administers the installation and the organization, for automation.
    pub identity: identities::Model,
    /// Its token, which does not expire; shown once.
    pub token: SecretString,
}

/// Sets the installation up. Of any number of calls at once one succeeds.
///
/// # Errors
/// 400 `Instance has already been set up`; 403 without the setup token from anywhere but this machine.
pub async fn bootstrap(app: &App, origin: Origin, input: BootstrapInput) -> Result<BootstrapOutput> {
    let settings = store::find(app.db.read()).await?.ok_or_else(|| Error::internal("the installation's settings are gone"))?;
    if settings.is_initialized {
        return Err(already());
    }
    let has_token =
        input.setup_token.as_ref().is_some_and(|token| is_setup_token(app.keys.tokens(), &settings, token.expose_secret()));
    if !input.trusted_local && !has_token {
        return Err(Error::forbidden(
            "Setting up this instance from another machine needs the setup token that the server printed at its first start. \
             Send it as setupToken, or send the request from the server's own machine to its loopback address.",
        ));
    }
    let hash = app.passwords.hash(&input.password).await.map_err(password_error)?;
    let now_ms = app.now_ms();
    let tx = app.db.begin().await?;
    if !store::claim(&tx, now_ms).await? {
        return Err(already());
    }
    let username = canonical_username(&input.email);
    if keyferry_db::users::find_by_username(&tx, &username).await?.is_some() {
        return Err(Error::bad_request("User already exists"));
    }
    let user = users::Model {
        id: app.ids.v4(),
        email: username.clone(),
        username,
        first_name: Some("Admin".to_owned()),
        last_name: Some("User".to_owned()),
        password_hash: Some(hash),
        is_super_admin: true,
        is_active: true,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
        theme: None,
    };
    keyferry_db::insert(&tx, user.clone()).await?;
    let organization = create_organization(app, &tx, &input.organization).await?;
    let identity = identities::Model {
        id: app.ids.v4(),
        org_id: organization.id,
        project_id: None,
        name: "Instance Admin Identity".to_owned(),
        has_delete_protection: false,
        is_instance_admin: true,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(&tx, identity.clone()).await?;
    for (user_id, identity_id) in [(Some(user.id), None), (None, Some(identity.id))] {
        let membership = org_memberships::Model {
            id: app.ids.v4(),
            org_id: organization.id,
            user_id,
            identity_id,
            role: "admin".to_owned(),
            role_id: None,
            is_active: true,
            status: "accepted".to_owned(),
            last_login_auth_method: None,
            last_login_at_ms: None,
            created_at_ms: now_ms,
            updated_at_ms: now_ms,
        };
        keyferry_db::insert(&tx, membership).await?;
    }
    let token = issue_token(app, &tx, &identity).await?;
    let caller = Caller { actor: crate::sessions::actor(&user, uuid::Uuid::nil()), org_id: Some(organization.id), origin };
    let metadata = serde_json::json!({"userId": user.id, "organizationId": organization.id, "identityId": identity.id});
    audit::record(app, &tx, &caller, Event::org(&caller, "bootstrap-instance", metadata)).await?;
    tx.commit().await?;
    Ok(BootstrapOutput { user, organization, identity, token: token.access_token })
}

async fn create_organization(app: &App, tx: &WriteTx, name: &str) -> Result<organizations::Model> {
    let now_ms = app.now_ms();
    let name = name.trim();
    let organization = organizations::Model {
        id: app.ids.v4(),
        name: name.to_owned(),
        slug: format!("{}-{}", slugify(name), random_alphanumeric(4).to_ascii_lowercase()),
        block_duplicate_secret_sync_destinations: false,
        deletion_breaker: None,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(tx, organization.clone()).await?;
    app.keys.create_scope(tx, app.ids.as_ref(), Scope::Org(organization.id), now_ms).await?;
    Ok(organization)
}

async fn issue_token(app: &App, tx: &WriteTx, identity: &identities::Model) -> Result<IssuedToken> {
    let now_ms = app.now_ms();
    let trusted_ips = TrustedIps::anywhere().to_json()?;
    let method = identity_token_auths::Model {
        id: app.ids.v4(),
        identity_id: identity.id,
        access_token_trusted_ips: trusted_ips.clone(),
        access_token_ttl_s: 0,
        access_token_max_ttl_s: 0,
        access_token_num_uses_limit: 0,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(tx, method).await?;
    let issue = authentication::Issue {
        identity,
        auth_method: METHOD_TOKEN_AUTH,
        client_secret_id: None,
        name: Some("Instance Admin Token".to_owned()),
        ttl_s: 0,
        max_ttl_s: 0,
        period_s: 0,
        num_uses_limit: 0,
        trusted_ips,
    };
    authentication::issue(app, tx, issue).await
}

fn already() -> Error {
    Error::bad_request("Instance has already been set up")
}
