//! People signing in (core API contract, section 4.1), and their own account.

mod cookie;
mod invitation;
mod login;
mod me;
mod mfa;
mod password_reset;
mod second_factor;
mod session;

/// The group in the description.
const TAG: &str = "Auth";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    let all = [
        login::endpoints(),
        mfa::endpoints(),
        session::endpoints(),
        invitation::endpoints(),
        me::endpoints(),
        second_factor::endpoints(),
        password_reset::endpoints(),
    ];
    for endpoints in all {
        for endpoint in endpoints {
            registry.add(endpoint);
        }
    }
}
