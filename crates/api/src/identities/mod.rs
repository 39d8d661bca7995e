//! Machine identities (core API contract, section 5).

mod fields;
mod list;
mod project;
mod response;
mod single;

/// The group in the description.
const TAG: &str = "Identities";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    for endpoints in [single::endpoints(), list::endpoints(), project::endpoints()] {
        for endpoint in endpoints {
            registry.add(endpoint);
        }
    }
}
