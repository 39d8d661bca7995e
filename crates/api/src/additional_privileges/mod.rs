//! Rules given to one person or machine identity beside their roles (core API contract, section 7.5): the families of paths that
//! clients and the Terraform provider use.

mod fields;
mod identities;
mod identities_v1;
mod response;
mod users;

/// The group in the description.
const TAG: &str = "Additional privileges";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    for endpoints in [users::endpoints(), identities::endpoints(), identities_v1::endpoints()] {
        for endpoint in endpoints {
            registry.add(endpoint.tag(TAG));
        }
    }
}
