//! Who stands behind a token: signing in, and proving it with each request (core API contract 3 and 4.1).

mod cache;
mod claims;
mod identity_token;
mod lockout;
mod login;
mod logout;
mod refresh;
mod select_organization;
mod service_token;
mod trusted_ips;
mod user_token;

use keyferry_crypto::TokenError;

pub use cache::TokenCache;
pub use identity_token::{IssuedToken, METHOD_TOKEN_AUTH, METHOD_UNIVERSAL_AUTH};
pub use login::{LoginInput, login};
pub use logout::logout;
pub use refresh::refresh;
pub use select_organization::select_organization;
pub use trusted_ips::{TrustedIp, TrustedIps};

use claims::KIND_IDENTITY;
pub(crate) use claims::{
    KIND_MFA, KIND_REFRESH, KIND_RESET, KIND_SIGNUP, KIND_USER, MfaClaims, RefreshClaims, ResetClaims, SignupClaims, UserClaims,
};
pub(crate) use identity_token::{Issue, dies_at_ms, identity_token_id, issue, sign};
pub(crate) use lockout::{Policy, after_failure, is_locked, purge_in_passing, subject};
pub(crate) use login::{Proof, forget_attempts, password_error, prove_password};

use crate::app::App;
use crate::caller::{Caller, Origin};
use crate::error::{Error, Result};

/// Proves a bearer token and answers who holds it, with the refusals of core API contract 3.3.
///
/// # Errors
/// [`Error::Token`] for a token that is no good, [`Error::Unauthorized`], [`Error::Forbidden`] or [`Error::NotFound`] for one
/// whose session, row, holder or address is not.
pub async fn authenticate(app: &App, bearer: &str, origin: Origin) -> Result<Caller> {
    if let Some(rest) = bearer.strip_prefix("st.") {
        return service_token::authenticate(app, rest, origin).await;
    }
    let claims: claims::Claims = verify(app, bearer)?;
    match claims.auth_token_type.as_deref() {
        Some(KIND_USER) => user_token::authenticate(app, &claims, origin).await,
        Some(KIND_IDENTITY) => identity_token::authenticate(app, &claims, origin).await,
        Some("apiKey") => {
            Err(Error::bad_request("API key authentication is not supported anymore. Please switch to identity authentication."))
        }
        Some(_) => Err(Error::Forbidden {
            name: Some("Forbidden access".to_owned()),
            message: "You are not allowed to access this resource".to_owned(),
            details: None,
        }),
        None => Err(token_error(TokenError::Malformed)),
    }
}

/// Forgets what is known of tokens; called after every commit that revokes one or changes its holder.
pub fn forget(app: &App) {
    app.tokens.clear();
}

/// Reads the claims of a token that this installation signed and that has not expired.
pub(crate) fn verify<T: serde::de::DeserializeOwned>(app: &App, token: &str) -> Result<T> {
    app.keys.jwt().verify(token, app.now_ms().div_euclid(1000)).map_err(token_error)
}

pub(crate) fn token_error(error: TokenError) -> Error {
    let message = match error {
        TokenError::Expired => "Your token has expired. Please re-authenticate.",
        TokenError::Malformed => {
            "The provided access token is malformed. Please use a valid token or generate a new one and try again."
        }
        TokenError::WrongAlgorithm => {
            "The access token is signed with an invalid algorithm. Please provide a valid token and try again."
        }
    };
    Error::Token { message: message.to_owned() }
}
