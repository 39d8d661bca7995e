//! Token auth (core API contract, section 6.5).

mod method;
mod response;
mod tokens;

/// The group in the description.
const TAG: &str = "Token Auth";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    for endpoint in method::endpoints().into_iter().chain(tokens::endpoints()) {
        registry.add(endpoint);
    }
}
