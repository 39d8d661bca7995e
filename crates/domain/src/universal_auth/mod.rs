//! Universal auth: a client id and secret for an access token (core API contract 6).

mod attach;
mod client_secrets;
mod lockouts;
mod login;
mod tokens;

pub use attach::{Settings, SettingsChange, attach, get, revoke, update};
pub use client_secrets::{
    CreateClientSecret, create_client_secret, get_client_secret, list_client_secrets, revoke_client_secret,
};
/// The row of the method as attached to an identity.
pub use keyferry_db::entities::identity_universal_auths::Model as UniversalAuth;
/// A client secret's row.
pub use keyferry_db::entities::universal_auth_client_secrets::Model as ClientSecret;
pub use lockouts::clear_lockouts;
pub use login::{LoginInput, login};
pub use tokens::{renew_token, revoke_token};

/// The longest life of anything, in seconds: ten years.
pub const MAX_TTL_S: i64 = 315_360_000;
