//! Organizations and their people (core API contract, sections 4.1 and 8.1).

mod members;
mod organization;
mod response;
mod roles;

/// The group in the description.
const TAG: &str = "Organizations";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    for endpoint in organization::endpoints().into_iter().chain(members::endpoints()).chain(roles::endpoints()) {
        registry.add(endpoint);
    }
}
