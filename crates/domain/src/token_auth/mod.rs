//! Token auth: access tokens made by hand (core API contract 6.5).

mod attach;
mod tokens;

pub use attach::{Settings, SettingsChange, attach, get, revoke, update};
/// A token's row.
pub use keyferry_db::entities::identity_access_tokens::Model as AccessToken;
/// The row of the method as attached to an identity.
pub use keyferry_db::entities::identity_token_auths::Model as TokenAuth;
pub use tokens::{create_token, get_token, list_tokens, rename_token, revoke_token};
