//! The installation as a whole (core API contract, sections 4.3 and 4.4).

mod bootstrap;
mod config;

/// The group in the description.
const TAG: &str = "Admin";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    registry.add(bootstrap::endpoint());
    registry.add(config::endpoint_get());
    registry.add(config::endpoint_change());
}
