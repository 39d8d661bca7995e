//! People signing in (core API contract, section 4.1), and their own account.

mod cookie;
mod invitation;
mod login;
mod me;
mod session;

/// The group in the description.
const TAG: &str = "Auth";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    for endpoints in [login::endpoints(), session::endpoints(), invitation::endpoints(), me::endpoints()] {
        for endpoint in endpoints {
            registry.add(endpoint);
        }
    }
}
