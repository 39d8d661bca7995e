//! Token auth: access tokens made by hand (core API contract 6.5).

mod attach;
mod tokens;

pub use attach::{Settings, SettingsChange, attach, get, revoke, update};
pub use tokens::{create_token, get_token, list_tokens, rename_token, revoke_token};
