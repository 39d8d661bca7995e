//! Universal auth (core API contract, section 6).

mod client_secrets;
mod login;
mod method;
pub(crate) mod response;
mod tokens;
pub(crate) mod trusted_ips;

/// The group in the description.
const TAG: &str = "Universal Auth";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    for endpoints in [login::endpoints(), tokens::endpoints(), method::endpoints(), client_secrets::endpoints()] {
        for endpoint in endpoints {
            registry.add(endpoint);
        }
    }
}
