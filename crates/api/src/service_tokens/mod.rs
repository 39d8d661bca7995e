//! Service tokens (core API contract, section 3.5).

mod create;
mod own;
mod project;
mod response;

/// The group in the description.
const TAG: &str = "Service tokens";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    registry.add(own::endpoint());
    registry.add(create::endpoint());
    for endpoint in project::endpoints() {
        registry.add(endpoint);
    }
}
