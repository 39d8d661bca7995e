//! People who sign in with a password.

mod actor_names;
mod names;
mod password;
mod profile;
mod proof;
mod reset;
mod theme;

pub use actor_names::actor_names;
/// A user's row.
pub use keyferry_db::entities::users::Model as User;
pub use names::rename;
pub use password::{ChangePassword, change_password};
pub use profile::me;
pub(crate) use proof::{prove_own_password, require_instance_admin, still};
pub use reset::{ResetLink, make_reset_link, reset_password};
pub use theme::set_theme;

/// The spelling under which a user is stored, looked up and counted: without surrounding blanks, in lower case.
#[must_use]
pub fn canonical_username(email: &str) -> String {
    email.trim().to_lowercase()
}
