//! Who belongs to a project (core API contract, sections 7.1 to 7.3).

pub(crate) mod fields;
mod identities;
mod join;
pub(crate) mod response;
mod users;

/// The group in the description.
const TAG: &str = "Project Memberships";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    for endpoints in [identities::endpoints(), users::endpoints(), join::endpoints()] {
        for endpoint in endpoints {
            registry.add(endpoint);
        }
    }
}
