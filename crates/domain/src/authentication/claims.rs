//! What tokens carry (core API contract 3.2). Identity tokens carry the short form: the rest is in their row, where it can be
//! revoked.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Access token of a user.
pub(crate) const KIND_USER: &str = "accessToken";
/// Refresh token of a user.
pub(crate) const KIND_REFRESH: &str = "refreshToken";
/// Access token of an identity.
pub(crate) const KIND_IDENTITY: &str = "identityAccessToken";
/// Invitation into an organization.
pub(crate) const KIND_SIGNUP: &str = "signupToken";

/// Proof of a password alone, where a second factor is to follow.
pub(crate) const KIND_MFA: &str = "mfaToken";
/// A link to a new password.
pub(crate) const KIND_RESET: &str = "passwordResetToken";

/// The claims of any token, as far as rules read them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Claims {
    pub auth_token_type: Option<String>,
    pub user_id: Option<Uuid>,
    pub token_version_id: Option<Uuid>,
    pub access_version: Option<i32>,
    pub organization_id: Option<Uuid>,
    pub identity_access_token_id: Option<Uuid>,
}

/// A user's access token.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserClaims<'a> {
    pub auth_method: &'a str,
    pub auth_token_type: &'a str,
    pub user_id: Uuid,
    pub token_version_id: Uuid,
    pub access_version: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<Uuid>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_mfa_verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa_method: Option<&'a str>,
    pub iat: i64,
    pub exp: i64,
}

/// A user's refresh token.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefreshClaims {
    pub auth_token_type: String,
    pub user_id: Uuid,
    pub token_version_id: Uuid,
    pub jti: String,
    pub iat: i64,
    pub exp: i64,
}

/// An identity's access token.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IdentityClaims<'a> {
    pub identity_id: Uuid,
    pub identity_name: &'a str,
    pub auth_method: &'a str,
    pub org_id: Uuid,
    /// Empty for methods without client secrets.
    pub client_secret_id: String,
    pub identity_access_token_id: Uuid,
    pub auth_token_type: &'a str,
    pub jti: String,
    pub iat: i64,
    /// Absent for a token that does not expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
}

/// An invitation into an organization.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignupClaims {
    pub auth_token_type: String,
    pub org_membership_id: Uuid,
    pub iat: i64,
    pub exp: i64,
}

/// A session that waits for its user's second factor.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MfaClaims {
    pub auth_token_type: String,
    pub user_id: Uuid,
    pub token_version_id: Uuid,
    /// The session's version: the proof renews it, which uses this token up.
    pub access_version: i32,
    pub iat: i64,
    pub exp: i64,
}

/// A link to a new password.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResetClaims {
    pub auth_token_type: String,
    pub user_id: Uuid,
    /// A digest of the password that it replaces: with another one, the link is good no more.
    pub state: String,
    pub iat: i64,
    pub exp: i64,
}
