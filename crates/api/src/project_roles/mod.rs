//! Custom roles of a project (core API contract, section 7.4).

pub(crate) mod fields;
mod routes;

/// The group in the description.
const TAG: &str = "Project Roles";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    for endpoint in routes::endpoints() {
        registry.add(endpoint);
    }
}
