//! Who calls, and which account the call is about (Checkly API contract, section 1).

use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use uuid::Uuid;

use crate::error::ApiError;
use crate::model::{ApiKey, Role};
use crate::state::{AccountState, Inner};

/// Family of routes; they word a 401 differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    Accounts,
    Groups,
    Variables,
}

/// What the call wants to do with the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Read,
    Write,
}

/// A call let in to one account.
#[derive(Debug, Clone)]
pub(crate) struct Entered {
    /// Id of the account, present in the state.
    pub account: String,
    pub role: Role,
}

/// The bearer token of a call.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The account header of a call, as sent.
pub(crate) fn account_header(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-checkly-account")?.to_str().ok()
}

/// Account ids compare in their usual lower-case form.
pub(crate) fn normal_id(id: &str) -> String {
    Uuid::parse_str(id).map_or_else(|_| id.to_ascii_lowercase(), |id| id.to_string())
}

impl Inner {
    /// Finds the key of a call; unknown, revoked and malformed keys answer 401.
    pub(crate) fn authenticate(&self, headers: &HeaderMap, surface: Surface) -> Result<&ApiKey, ApiError> {
        bearer(headers)
            .filter(|token| token.starts_with("cu_") || token.starts_with("sv_"))
            .and_then(|token| self.keys.get(token))
            .filter(|key| !key.revoked)
            .ok_or_else(|| ApiError::bad_token(surface != Surface::Variables))
    }

    /// Lets a call in to the account its header or service key names, if the role suffices.
    pub(crate) fn enter(&self, headers: &HeaderMap, surface: Surface, need: Need) -> Result<Entered, ApiError> {
        let key = self.authenticate(headers, surface)?;
        let account = match account_header(headers) {
            Some(text) => Uuid::parse_str(text)
                .map_err(|_| ApiError::bad_request("\"x-checkly-account\" must be a valid GUID"))?
                .to_string(),
            None if key.service => key.accounts.first().cloned().unwrap_or_default(),
            None => {
                return Err(self.refused(self.behaviour.missing_account_status, surface));
            }
        };
        if !key.accounts.contains(&account) || self.account(&account).is_none() {
            return Err(self.refused(self.behaviour.unreachable_account_status, surface));
        }
        if need == Need::Write && !key.role.may_write() {
            return Err(ApiError::forbidden());
        }
        Ok(Entered { account, role: key.role })
    }

    /// The state of an account that [`Inner::enter`] let in to.
    pub(crate) fn entered(&mut self, entered: &Entered) -> Result<&mut AccountState, ApiError> {
        self.account_mut(&entered.account).ok_or_else(ApiError::not_found)
    }

    fn refused(&self, status: u16, surface: Surface) -> ApiError {
        match status {
            401 => ApiError::bad_token(surface != Surface::Variables),
            404 => ApiError::not_found(),
            400 => ApiError::bad_request("\"x-checkly-account\" is required"),
            403 => ApiError::forbidden(),
            other => {
                let status = StatusCode::from_u16(other).unwrap_or(StatusCode::FORBIDDEN);
                ApiError::new(status, status.canonical_reason().unwrap_or("Forbidden"))
            }
        }
    }
}
