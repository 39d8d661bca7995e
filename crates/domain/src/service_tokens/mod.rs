//! Service tokens (core API contract 3.5): bearer tokens of one project that may read or write secrets, folders and imports at
//! given places. Shown once, stored as a keyed hash.

mod create;
mod read;
mod revoke;
mod rights;

/// A service token's row.
pub use keyferry_db::entities::service_tokens::Model as ServiceToken;

pub use create::{CreateServiceToken, KeyMaterial, create};
pub use read::{ServiceTokenView, get_own, list};
pub use revoke::revoke;
pub use rights::{Permission, Scope};
pub(crate) use rights::{only_place, rules_of};

use crate::app::App;

/// What is stored of a token's secret.
pub(crate) fn secret_hash(app: &App, secret: &str) -> [u8; 32] {
    app.keys.tokens().hash("service-token", secret)
}
