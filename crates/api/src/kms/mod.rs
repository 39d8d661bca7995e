//! Keys held for projects (core API contract, section 14.1), under `/api/v1/kms/keys`.

mod create;
mod delete;
mod encrypt;
mod fields;
mod get;
mod list;
mod response;
mod sign;
mod update;

/// The group in the description.
const TAG: &str = "KMS";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    registry.add(list::endpoint());
    registry.add(create::endpoint());
    registry.add(update::endpoint());
    registry.add(delete::endpoint());
    for endpoints in [get::endpoints(), encrypt::endpoints(), sign::endpoints()] {
        for endpoint in endpoints {
            registry.add(endpoint);
        }
    }
}
