//! Proves who calls, before anything of the request is looked at.

use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderMap, header};
use keyferry_domain::{Actor, App, Caller, Error, Origin};

use crate::context::RequestContext;
use crate::failure::{FORBIDDEN_ACCESS, NO_ORGANIZATION};
use crate::route::Auth;

/// Turns a bearer token into a caller.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// The caller behind a token.
    ///
    /// # Errors
    /// The outcomes of the core API contract, section 3.3.
    async fn authenticate(&self, token: &str, origin: &Origin) -> Result<Caller, Error>;
}

/// Asks the installation who a token belongs to.
pub struct TokenAuthenticator {
    app: Arc<App>,
}

impl TokenAuthenticator {
    /// For this installation.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[async_trait]
impl Authenticator for TokenAuthenticator {
    async fn authenticate(&self, token: &str, origin: &Origin) -> Result<Caller, Error> {
        keyferry_domain::authentication::authenticate(&self.app, token, origin.clone()).await
    }
}

/// The token of an `Authorization: Bearer` header; an empty header counts as none.
#[must_use]
pub fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The caller of a route that takes bearer tokens.
///
/// # Errors
/// 400 for an API key of old, 401 without a token, and what the authenticator says.
pub async fn authenticate(
    authenticator: &dyn Authenticator,
    headers: &HeaderMap,
    context: &RequestContext,
) -> Result<Caller, Error> {
    if headers.contains_key("x-api-key") {
        return Err(Error::bad_request(
            "API key authentication is not supported anymore. Please switch to identity authentication.",
        ));
    }
    let token = bearer_token(headers).ok_or_else(|| Error::unauthorized("Token missing"))?;
    authenticator.authenticate(token, &context.origin).await
}

/// Whether a route takes this kind of caller.
///
/// # Errors
/// 403 for a kind of caller the route does not take, 401 without an organization where one is needed.
pub fn admit(auth: Auth, caller: &Caller) -> Result<(), Error> {
    let may_call = match caller.actor {
        Actor::User { .. } => auth.user,
        Actor::Identity { .. } => auth.identity,
        Actor::Service { .. } => auth.service,
        Actor::Platform => false,
    };
    if !may_call {
        return Err(Error::Forbidden {
            name: Some(FORBIDDEN_ACCESS.to_owned()),
            message: "You are not allowed to access this resource".to_owned(),
            details: None,
        });
    }
    if auth.organization && caller.org_id.is_none() {
        return Err(Error::Unauthorized {
            name: Some(NO_ORGANIZATION.to_owned()),
            message: "You are not allowed to access this resource".to_owned(),
        });
    }
    Ok(())
}
